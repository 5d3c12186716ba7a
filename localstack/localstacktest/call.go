package localstacktest

import (
	"context"
	"strings"
	"time"

	"certgate/api/apitest"
	"certgate/localstack/apiclient"
	"certgate/localstack/waittest"
)

// Call calls the API as an administrator. What the app answers is held to its
// description; the host's own replies, as while the app is away, are empty.
func (w *World) Call(method, path, body string) (int, []byte) {
	w.t.Helper()
	reply, err := w.Client("test", "admin").Once(context.Background(), apiclient.Call{Method: method, Path: path, Body: []byte(body)})
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	if address, _, _ := strings.Cut(path, "?"); strings.HasPrefix(address, "/api/") && len(reply.Body) > 0 {
		apitest.Check(w.t, method, address, reply.Status, reply.Header, reply.Body)
	}
	return reply.Status, reply.Body
}

// Request asks for a certificate and returns the instance id.
func (w *World) Request(hostname string) string {
	w.t.Helper()
	id, _, err := w.Client("test", "admin").Request(context.Background(), hostname)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// Status reads an instance. A handler that is being restarted may answer 500 or
// 502; then ok is false.
func (w *World) Status(id string) (i apiclient.Instance, ok bool) {
	w.t.Helper()
	i, err := w.Client("test", "admin").Instance(context.Background(), id, "showHistory=true")
	return i, err == nil
}

// Until looks at the instance until done reports true.
func (w *World) Until(id string, within time.Duration, done func(apiclient.Instance) bool) apiclient.Instance {
	w.t.Helper()
	var last apiclient.Instance
	if waittest.Holds(within, func() bool {
		s, ok := w.Status(id)
		if ok {
			last = s
		}
		return ok && done(s)
	}) {
		return last
	}
	w.t.Fatalf("instance %s is %s in %+v after %s", id, last.RuntimeStatus, last.CustomStatus, within)
	return last
}

// Finish waits until the instance has ended.
func (w *World) Finish(id string, within time.Duration) apiclient.Instance {
	w.t.Helper()
	return w.Until(id, within, apiclient.Instance.Ended)
}
