package localstacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"certgate/localstack"
	"certgate/localstack/waittest"
)

// Status is an instance as the API shows it.
type Status struct {
	Name          string `json:"name"`
	InstanceID    string `json:"instanceId"`
	RuntimeStatus string `json:"runtimeStatus"`
	CustomStatus  struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Error   string `json:"error"`
	} `json:"customStatus"`
	Output        json.RawMessage `json:"output"`
	HistoryEvents []struct {
		EventType, Name, Message, Error string
	} `json:"historyEvents"`
}

// Ended reports whether nothing more will happen.
func (s Status) Ended() bool {
	return s.RuntimeStatus == "Completed" || s.RuntimeStatus == "Failed" || s.RuntimeStatus == "Terminated"
}

// Call calls the API as an administrator.
func (w *World) Call(method, path, body string) (int, []byte) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.API()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set(localstack.PrincipalHeader, localstack.Principal("test", "admin"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, raw
}

// Request asks for a certificate and returns the instance id.
func (w *World) Request(hostname string) string {
	w.t.Helper()
	code, raw := w.Call(http.MethodPost, "/api/AddCertificateFunctions_HttpStart", `{"hostnames":[{"hostname":"`+hostname+`"}]}`)
	var reply struct{ ID string }
	if err := json.Unmarshal(raw, &reply); err != nil || code != http.StatusAccepted {
		w.t.Fatalf("request %s: %d %s", hostname, code, raw)
	}
	return reply.ID
}

// Status reads an instance. A handler that is being restarted may answer 500 or
// 502; then ok is false.
func (w *World) Status(id string) (s Status, ok bool) {
	w.t.Helper()
	code, raw := w.Call(http.MethodGet, "/api/instances/"+id+"?showHistory=true", "")
	if code != http.StatusOK && code != http.StatusAccepted {
		return s, false
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		w.t.Fatalf("status of %s: %s", id, raw)
	}
	return s, true
}

// Until looks at the instance until done reports true.
func (w *World) Until(id string, within time.Duration, done func(Status) bool) Status {
	w.t.Helper()
	var last Status
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
func (w *World) Finish(id string, within time.Duration) Status {
	w.t.Helper()
	return w.Until(id, within, Status.Ended)
}
