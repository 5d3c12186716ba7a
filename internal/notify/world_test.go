package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/memstore"
	"certgate/internal/notify"
)

// secretPart is in the path and the query of every receiver's URL.
const secretPart = "s3cret-part-of-the-url"

// receiver is a webhook that answers as a test wants, the last answer for ever.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc
	got     []request
}

type request struct {
	header http.Header
	uri    string
	body   []byte
}

func newReceiver(t *testing.T, answers ...http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{answers: answers}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.got = append(r.got, request{req.Header, req.URL.RequestURI(), body})
	answer := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	r.mu.Unlock()
	answer(w, req)
}

func (r *receiver) requests() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.got...)
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for n := 0; n < len(headers); n += 2 {
			w.Header().Set(headers[n], headers[n+1])
		}
		w.WriteHeader(code)
	}
}

func says(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// silent keeps the connection until the client gives up.
func silent(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// world is a Runner with one flow of people's own and the Notifier.
type world struct {
	t        *testing.T
	clock    *durabletest.Clock
	begun    time.Time
	store    *memstore.Store
	queue    *memstore.Queue
	runner   *durable.Runner
	notifier *notify.Notifier
	pump     *durabletest.Pump
	log      *logBuffer
	starts   *starts
}

// starts remembers what was started.
type starts struct {
	*durable.Runner
	ids []string
}

func (s *starts) Start(ctx context.Context, start durable.Start) (string, bool, error) {
	id, existing, err := s.Runner.Start(ctx, start)
	if err == nil && !existing {
		s.ids = append(s.ids, id)
	}
	return id, existing, err
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWorld(t *testing.T, c notify.Config) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, begun: clock.Now(), store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), log: &logBuffer{}}
	log := slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 }, Log: log})
	w.starts = &starts{Runner: w.runner}
	c.Starter, c.Log = w.starts, log
	if c.Events == nil {
		c.Events = alert.Kinds()
	}
	w.notifier = notify.New(c)
	w.runner.OnEnd(w.notifier.Ended)
	w.runner.Add(w.notifier.Definition())
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: w.handle, Poison: w.runner.HandlePoison}
	return w
}

func (w *world) handle(ctx context.Context, m durable.Message, dequeues int) error {
	return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
}

func target(t *testing.T, kind notify.Kind, r *receiver) notify.Target {
	t.Helper()
	return targetAt(t, kind, r.URL+"/hooks/"+secretPart+"?token="+secretPart)
}

func targetAt(t *testing.T, kind notify.Kind, url string) notify.Target {
	t.Helper()
	target, err := notify.NewTarget(kind, url)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

var failed = alert.Alert{
	Kind: alert.Failed, Hostname: "shop.example.com", Certificate: "shop-example-com",
	Code: issuance.CodeNotServed, Message: "The gateway does not serve <it> & *that*.", Instance: "0123",
	At: time.Date(2030, 3, 4, 5, 6, 7, 0, time.UTC),
}

func (w *world) alert(a alert.Alert) {
	w.t.Helper()
	if err := w.notifier.Alert(w.t.Context(), a); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.pump.Drain(w.t.Context(), 1000); err != nil {
		w.t.Fatal(err)
	}
}

// ended loads the instances that were started, all of which must have ended.
func (w *world) ended() []*durable.Instance {
	w.t.Helper()
	var list []*durable.Instance
	for _, id := range w.starts.ids {
		inst, err := w.store.Load(w.t.Context(), id)
		if err != nil {
			w.t.Fatal(err)
		}
		if !inst.Status.Ended() {
			w.t.Errorf("instance %s is %s", id, inst.Status)
		}
		list = append(list, inst)
	}
	return list
}

// wantNoSecret looks for the URL in all that is stored or written.
func (w *world) wantNoSecret() {
	w.t.Helper()
	texts := []string{w.log.String()}
	for _, inst := range w.ended() {
		row, err := json.Marshal(inst)
		if err != nil {
			w.t.Fatal(err)
		}
		events, err := w.store.History(w.t.Context(), inst.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		history, err := json.Marshal(events)
		if err != nil {
			w.t.Fatal(err)
		}
		texts = append(texts, string(row), string(history))
	}
	for _, text := range texts {
		if strings.Contains(text, secretPart) {
			w.t.Errorf("a receiver's URL is in %s", text)
		}
	}
}
