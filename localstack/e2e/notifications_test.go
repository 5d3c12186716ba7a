package e2e

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/localstack"
	"certgate/localstack/apiclient"
	"certgate/localstack/faultca"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// secretPart is in the URL of the receiver of notifications.
const secretPart = "s3cret-part-of-the-url"

// mailbox is a receiver of notifications that is down at first.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	down   int
	events map[string]string // "event hostname" -> code
}

func newMailbox(t *testing.T, down int) *mailbox {
	t.Helper()
	m := &mailbox{down: down, events: map[string]string{}}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.down--; m.down >= 0 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var n struct{ Event, Hostname, Code string }
		if err := json.NewDecoder(r.Body).Decode(&n); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		m.events[n.Event+" "+n.Hostname] = n.Code
	}))
	t.Cleanup(m.Close)
	return m
}

// wait returns the code of a notification when it is there.
func (m *mailbox) wait(t *testing.T, event string) (code string) {
	t.Helper()
	if !waittest.Holds(patience, func() (told bool) {
		m.mu.Lock()
		defer m.mu.Unlock()
		code, told = m.events[event]
		return told
	}) {
		t.Errorf("no notification %q", event)
	}
	return code
}

func TestALimitOfTheAuthorityIsWaitedForAndEveryEndIsToldOf(t *testing.T) {
	t.Parallel()
	receiver := newMailbox(t, 2)
	w := localstacktest.Start(t, localstack.Options{Keep: true, Env: []string{
		"NotificationWebhooks=json=" + receiver.URL + "/hooks/" + secretPart + "?token=" + secretPart,
		"NotificationEvents=completed,failed", "LogLevel=debug",
	}})
	if code, raw := w.Call(http.MethodPost, "/api/notifications/test", ""); code != http.StatusOK || strings.Contains(string(raw), secretPart) || !strings.Contains(string(raw), `"target":"127.0.0.1:`) {
		t.Errorf("test: %d %s", code, raw)
	}

	w.CA.Arm(faultca.Limited(faultca.NewOrder, 1, 8*time.Second))
	first := w.Request("first.example.test")
	w.Until(first, patience, func(s apiclient.Instance) bool {
		return strings.Contains(s.CustomStatus.Message, "The certificate authority limits requests; continuing at ")
	})
	second := w.Request("second.example.test")
	w.Until(second, patience, func(s apiclient.Instance) bool {
		return s.CustomStatus.Status == "GetAcmeOrderStep" && strings.Contains(s.CustomStatus.Message, "so this order waits too; continuing at ")
	})
	if n := w.CA.Calls(faultca.NewOrder); n != 1 {
		t.Errorf("the authority was asked for %d orders while it limited them, want the one that met the limit", n)
	}
	for _, id := range []string{first, second} {
		if s := w.Finish(id, 2*patience); s.RuntimeStatus != "Completed" {
			t.Errorf("ended %s %+v", s.RuntimeStatus, s.CustomStatus)
		}
	}
	must(t, w.Pebble.DNS().AddA(t.Context(), "elsewhere.example.test", "192.0.2.7"))
	w.Finish(w.Request("elsewhere.example.test"), patience)

	receiver.wait(t, "test ")
	receiver.wait(t, "completed first.example.test")
	receiver.wait(t, "completed second.example.test")
	if code := receiver.wait(t, "failed elsewhere.example.test"); code != "HostnameNotResolvingToApplicationGateway" {
		t.Errorf("the failure has the code %q", code)
	}
	if err := w.Close(); err != nil { // everything is on disk now
		t.Fatal(err)
	}
	rows := 0
	must(t, filepath.WalkDir(w.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(data, []byte("NotifyFunctions")) {
			rows++
		}
		if bytes.Contains(data, []byte(secretPart)) {
			t.Errorf("%s has the URL of the receiver", strings.TrimPrefix(path, w.Dir))
		}
		return nil
	}))
	if rows == 0 {
		t.Error("the search is not to be trusted: it found no notification")
	}
}
