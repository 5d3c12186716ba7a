package funchost

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// recorded is a request that the real host sent to this app's handler.
type recorded struct {
	Request struct {
		Method, URL string
		Headers     map[string]string
		Body        struct {
			Data     map[string]json.RawMessage
			Metadata map[string]any
		}
	}
}

// recording reads one of the requests of the real host 4.1037 that lie below
// CERTGATE_FIXTURES, in the folder host. They are not part of the project.
func recording(t *testing.T, name string) (r recorded) {
	t.Helper()
	folder := os.Getenv("CERTGATE_FIXTURES")
	if folder == "" {
		t.Skip("CERTGATE_FIXTURES is not set")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "host", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// sentAs is a payload as the handler gets it, without what is new each time.
func sentAs(t *testing.T, p payload) (data, metadata map[string]any) {
	t.Helper()
	var got struct{ Data, Metadata map[string]any }
	if err := json.Unmarshal(p.body(), &got); err != nil {
		t.Fatal(err)
	}
	forget(got.Metadata)
	return got.Data, got.Metadata
}

func forget(metadata map[string]any) {
	if sys, ok := metadata["sys"].(map[string]any); ok {
		for _, member := range []string{"UtcNow", "RandGuid"} {
			if text, _ := sys[member].(string); text != "" {
				sys[member] = "some"
			}
		}
	}
}

func compare(t *testing.T, r recorded, p payload) {
	t.Helper()
	data, metadata := sentAs(t, p)
	forget(r.Request.Body.Metadata)
	want := map[string]any{}
	for name, raw := range r.Request.Body.Data {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			t.Fatal(err)
		}
		want[name] = value
	}
	if diff := cmp.Diff(want, data); diff != "" {
		t.Errorf("data (-real host +this one):\n%s", diff)
	}
	if diff := cmp.Diff(r.Request.Body.Metadata, metadata); diff != "" {
		t.Errorf("metadata (-real host +this one):\n%s", diff)
	}
}

// unwrapped is the text below the host's two encodings.
func unwrapped(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var once, twice string
	if json.Unmarshal(raw, &once) != nil || json.Unmarshal([]byte(once), &twice) != nil {
		t.Fatalf("%s is not encoded twice", raw)
	}
	return twice
}

// Whatever a message is, the handler gets it as from the real host: the message is
// rebuilt from the recording, and its payload compared with the recorded one.
func TestQueueMessagesComeAsFromTheRealHost(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"queue", "queue-merged-metadata", "queue-run-by-admin", "poison"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recording(t, name)
			text := func(member string) string {
				s, _ := r.Request.Body.Metadata[member].(string)
				return strings.Trim(s, `"`)
			}
			at := func(member string) time.Time {
				parsed, err := time.Parse(time.RFC3339, text(member))
				if err != nil {
					t.Fatal(err)
				}
				return parsed
			}
			content := unwrapped(t, r.Request.Body.Data["message"])
			m := queueMessage{content: []byte(content), id: text("Id"), popReceipt: text("PopReceipt"), dequeueCount: 1,
				inserted: at("InsertionTime"), expires: at("ExpirationTime"), visibleAt: at("NextVisibleTime")}
			if name == "queue-run-by-admin" {
				m = byHand(content)
				m.inserted = at("InsertionTime")
			}
			compare(t, r, queuePayload(strings.TrimPrefix(r.Request.URL, "/"), &queueTrigger{binding: "message"}, m))
		})
	}
}

func TestTimersComeAsFromTheRealHost(t *testing.T) {
	t.Parallel()
	for name, pastDue := range map[string]bool{"timer-first-run": false, "timer-past-due": true} {
		r := recording(t, name)
		var info struct{ ScheduleStatus timerStatus }
		if err := json.Unmarshal(r.Request.Body.Data["timer"], &info); err != nil {
			t.Fatal(err)
		}
		when, err := parseSchedule("0 */5 * * * *")
		if err != nil {
			t.Fatal(err)
		}
		compare(t, r, timerPayload("Rescue", &timerTrigger{binding: "timer", schedule: when, monitored: true}, info.ScheduleStatus, pastDue))
	}
}

// The headers of triggers and of proxied calls are the recorded ones: no more, no
// less, and where they are not new each time with the same values.
func TestHeadersAreThoseOfTheRealHost(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	b.trigger(t, "Tick", "")
	check := func(r recorded, got seen, changing ...string) {
		t.Helper()
		have := map[string]string{"Host": got.Host}
		for name := range got.Header {
			have[name] = got.Header.Get(name)
		}
		if got.Chunked {
			have["Transfer-Encoding"] = "chunked"
		}
		want := map[string]string{}
		for name, value := range r.Request.Headers {
			want[http.CanonicalHeaderKey(name)] = value
		}
		for _, name := range append(changing, "Host", "X-Azure-Functions-Invocationid") {
			if have[name] == "" || want[name] == "" {
				t.Errorf("%s: here %q, from the real host %q", name, have[name], want[name])
			}
			delete(have, name)
			delete(want, name)
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("headers of %s (-real host +this one):\n%s", r.Request.URL, diff)
		}
	}
	check(recording(t, "timer-first-run"), b.control.await(t, "/Tick", 1))

	// A client sends what the real host passed on; what it set itself is left out.
	proxied := recording(t, "http-proxied")
	var headers []string
	own := []string{"Host", "X-Azure-Functions-InvocationId", "x-ms-invocation-id", "X-Azure-Functions-HostVersion", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"}
	for name, value := range proxied.Request.Headers {
		if !slices.Contains(own, name) {
			headers = append(headers, name, value)
		}
	}
	b.request(t, "GET", proxied.Request.URL, "", append(headers, "User-Agent", "", "Accept-Encoding", "identity")...)
	got := b.control.await(t, "/api/instances", 1)
	got.Header.Del("Accept-Encoding") // Go's client adds one
	check(proxied, got, "X-Ms-Invocation-Id", "X-Forwarded-Host")
	if got.URI != proxied.Request.URL {
		t.Errorf("the handler is asked for %s, want %s", got.URI, proxied.Request.URL)
	}
}
