package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
	"certgate/internal/metrics"
)

// What host.json must never lose. With forwarding, the host passes
// /api/%5c..%5c../RunStep on as /RunStep, with none of the headers by which requests
// from outside are known; with proxying, no spelling gets there.
func TestHostJSONProxiesAndNeverForwards(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../host.json")
	if err != nil {
		t.Fatal(err)
	}
	var host struct {
		CustomHandler struct {
			EnableProxyingHTTPRequest   bool `json:"enableProxyingHttpRequest"`
			EnableForwardingHTTPRequest bool `json:"enableForwardingHttpRequest"`
		}
		Extensions struct {
			HTTP   struct{ RoutePrefix string }
			Queues struct{ MessageEncoding string }
		}
		Logging struct{ LogLevel map[string]string }
	}
	if err := json.Unmarshal(raw, &host); err != nil {
		t.Fatal(err)
	}
	if !host.CustomHandler.EnableProxyingHTTPRequest || host.CustomHandler.EnableForwardingHTTPRequest || bytes.Contains(bytes.ToLower(raw), []byte("enableforwarding")) {
		t.Errorf("customHandler is %+v: proxying must be on, and forwarding not be there", host.CustomHandler)
	}
	if host.Extensions.HTTP.RoutePrefix != "api" {
		t.Errorf("routePrefix %q: outside requests would reach other addresses than those below /api", host.Extensions.HTTP.RoutePrefix)
	}
	if host.Extensions.Queues.MessageEncoding != "base64" {
		t.Errorf("messageEncoding %q, but the queue's messages are base64", host.Extensions.Queues.MessageEncoding)
	}
	// At Information the SDK writes an entry for each look into a queue.
	if host.Logging.LogLevel["default"] != "Information" || host.Logging.LogLevel["Azure.Core"] != "Warning" {
		t.Errorf("log levels %v", host.Logging.LogLevel)
	}
}

// hostWorld is the triggers on a memory store.
type hostWorld struct {
	handler http.Handler
	figures *metrics.Metrics
	log     *lockedLog
	clock   *durabletest.Clock
}

func newHostWorld(poison poisonQueue) *hostWorld {
	w := &hostWorld{log: &lockedLog{}, clock: durabletest.NewClock()}
	store := memstore.New(w.clock.Now)
	queue := memstore.NewQueue(w.clock.Now)
	log := newLog(w.log, w.log, slog.LevelInfo)
	runner := durable.NewRunner(durable.Config{Store: store, Queue: queue, Clock: w.clock.Now, Log: log})
	w.figures = metrics.New(metrics.Config{Records: managedtest.NewRecords(), Instances: store, Backlog: store, Queue: queue, Limits: noLimits{}, Clock: w.clock.Now})
	w.handler = routes(http.NotFoundHandler(), triggers{runner: runner, archive: store, figures: w.figures, poison: poison, poisonLook: &seldom{every: poisonLookEvery},
		tell: func(ctx context.Context) { logFigures(ctx, log, w.figures, w.clock.Now()) }, telling: &seldom{every: figuresEvery}, log: log})
	return w
}

// call sends a request as the host does, with more headers.
func (w *hostWorld) call(path, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// counted is the value of a figure.
func (w *hostWorld) counted(t *testing.T, name, reason string) float64 {
	t.Helper()
	families, err := w.figures.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name && m.GetLabel()[0].GetValue() == reason {
				return m.GetCounter().GetValue()
			}
		}
	}
	return 0
}

// Whatever the real host was seen to send is taken, also if a newer one adds a header
// of its own; with a mark of an outside request the same call is refused, which is an
// error in the log and counted.
func TestTheRealHostsRequestsAreTakenAndAnybodyElsesRefused(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("CERTGATE_FIXTURES")
	if folder == "" {
		t.Skip("CERTGATE_FIXTURES is not set")
	}
	for _, name := range []string{"queue", "queue-merged-metadata", "queue-run-by-admin", "poison", "timer-first-run", "timer-past-due"} {
		raw, err := os.ReadFile(filepath.Join(folder, "host", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Request struct {
				URL     string
				Headers map[string]string
				Body    json.RawMessage
			}
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			t.Fatal(err)
		}
		w, sent := newHostWorld(nil), file.Request
		sent.Headers["x-ms-new"] = "of a newer host"
		if rec := w.call(sent.URL, string(sent.Body), sent.Headers); rec.Code != http.StatusOK {
			t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
		}
		for mark, value := range map[string]string{
			"Authorization": "Bearer x", "Cookie": "a=b", "X-Ms-Client-Principal*": "", "X-Ms-Original-Url": "https://site.example/RunStep",
			"X-Forwarded-*": "", "X-Ms-Invocation-Id": "1", "Content-Type": "text/plain",
		} {
			header := strings.Replace(strings.Replace(mark, "Principal*", "Principal-Idp", 1), "*", "For", 1)
			forged := map[string]string{}
			for n, v := range sent.Headers {
				forged[n] = v
			}
			delete(forged, "Content-Type")
			forged[header] = value
			before := w.counted(t, "certgate_trigger_refusals_total", mark)
			if rec := w.call(sent.URL, string(sent.Body), forged); rec.Code != http.StatusNotFound {
				t.Errorf("%s with %s: %d %s", name, header, rec.Code, rec.Body)
			}
			if n := w.counted(t, "certgate_trigger_refusals_total", mark) - before; n != 1 {
				t.Errorf("%s with %s was counted %v times", name, header, n)
			}
		}
		if n := strings.Count(w.log.String(), `"level":"ERROR","msg":"refused an outside request to a trigger"`); n != 7 {
			t.Errorf("%s: %d refusals in the log as errors, want 7:\n%s", name, n, w.log)
		}
	}
}

func TestABodyThatIsNotJSONIsRefusedLoggedAndCounted(t *testing.T) {
	t.Parallel()
	w := newHostWorld(nil)
	for i, path := range []string{"/RunStep", "/RunStepPoison", "/Rescue", "/PurgeHistory"} {
		if rec := w.call(path, "hello", nil); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, rec.Code, rec.Body)
		}
		if n := w.counted(t, "certgate_trigger_refusals_total", "body"); n != float64(i+1) {
			t.Errorf("%v refusals are counted after %d", n, i+1)
		}
	}
	if n := strings.Count(w.log.String(), `"level":"ERROR","msg":"unreadable invocation"`); n != 4 {
		t.Errorf("%d are in the log as errors:\n%s", n, w.log)
	}
}

// The host drops what a failed invocation says in its reply, and takes a line of
// stdout for information whatever it says.
func TestWarningsAndErrorsGoWhereTheHostLooksForThem(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	log := newLog(&out, &errs, slog.LevelDebug)
	ctx := withInvocation(context.Background(), "invocation-1")
	log.DebugContext(ctx, "a detail")
	log.With("a", 1).InfoContext(ctx, "a step")
	log.WithGroup("g").WarnContext(ctx, "a concern", "b", 2)
	log.With("a", 1).ErrorContext(ctx, "a failure", "error", errors.New("why"))
	if got := strings.Count(out.String(), "\n"); got != 2 || !strings.Contains(out.String(), "a detail") || !strings.Contains(out.String(), "a step") {
		t.Errorf("stdout has\n%s", &out)
	}
	lines := strings.Split(strings.TrimSpace(errs.String()), "\n")
	if len(lines) != 2 || !strings.Contains(strings.ToLower(lines[0]), "warn") || strings.Contains(strings.ToLower(lines[1]), "warn") || !strings.Contains(lines[1], "why") {
		t.Errorf("stderr has\n%s", &errs)
	}
	for _, line := range append(lines, strings.Split(strings.TrimSpace(out.String()), "\n")...) {
		if !strings.Contains(line, `"invocation":"invocation-1"`) {
			t.Errorf("%s does not name its invocation", line)
		}
	}
}

// scripted answers looks into the poison queue in turn.
type scripted struct {
	looks   int
	removed []azurestore.Removed
	left    []bool
}

func (s *scripted) RemoveUnreadable(context.Context, time.Time, time.Duration) ([]azurestore.Removed, bool, error) {
	i := s.looks
	s.looks++
	if i > 0 {
		return nil, s.left[min(i, len(s.left)-1)], nil
	}
	return s.removed, s.left[0], nil
}

// The figures cost storage requests, so not every run of the timer writes them.
func TestRescueWritesTheFiguresEveryQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	w := newHostWorld(nil)
	for run, want := range []int{1, 1, 1, 2, 2, 2, 3} { // a run every five minutes
		w.call("/Rescue", `{"Data":{"timer":{"IsPastDue":false}},"Metadata":{}}`, nil)
		if got := strings.Count(w.log.String(), `"msg":"figures"`); got != want {
			t.Errorf("after run %d the log has %d lines of figures, want %d", run, got, want)
		}
		w.clock.Advance(5 * time.Minute)
	}
}

func TestRescueLooksAfterPoisonEveryTenMinutesAndSoonerIfSomeIsLeft(t *testing.T) {
	t.Parallel()
	poison := &scripted{left: []bool{true, false}, removed: []azurestore.Removed{{ID: "m-1", Inserted: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Reason: azurestore.NotUTF8, Start: `"\xff"`}}}
	w := newHostWorld(poison)
	const timer = `{"Data":{"timer":{"IsPastDue":false}},"Metadata":{}}`
	for run, want := range []int{1, 2, 2, 3, 3, 4} { // a run every five minutes
		if rec := w.call("/Rescue", timer, nil); rec.Code != http.StatusOK {
			t.Fatalf("run %d: %d %s", run, rec.Code, rec.Body)
		}
		if poison.looks != want {
			t.Errorf("after run %d there were %d looks, want %d", run, poison.looks, want)
		}
		w.clock.Advance(5 * time.Minute)
	}
	if n := w.counted(t, "certgate_poison_removed_total", azurestore.NotUTF8); n != 1 {
		t.Errorf("%v removed messages are counted", n)
	}
	for _, want := range []string{`"level":"ERROR"`, "m-1", "2026-01-02T03:04:05Z", azurestore.NotUTF8, `\\xff`} {
		if strings.Count(w.log.String(), "removed a poison message") != 1 || !strings.Contains(w.log.String(), want) {
			t.Errorf("the log lacks %s, or says it more than once:\n%s", want, fmt.Sprint(w.log))
		}
	}
}
