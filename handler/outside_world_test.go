package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/api"
	"certgate/api/apitest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/memstore"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

// outside is the program's HTTP side on its real server, with the engine on a
// memory store.
type outside struct {
	t      *testing.T
	addr   string
	store  *memstore.Store
	queue  *memstore.Queue
	runner *durable.Runner
	log    *lockedLog
}

type lockedLog struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lockedLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// newOutside starts the server; change may shorten its limits.
func newOutside(t *testing.T, change func(*http.Server)) *outside {
	t.Helper()
	clock := durabletest.NewClock()
	o := &outside{t: t, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), log: &lockedLog{}}
	log := newLog(o.log, o.log, slog.LevelInfo)
	o.runner = durable.NewRunner(durable.Config{Store: o.store, Queue: o.queue, Clock: clock.Now})
	o.runner.Add(issuance.AddCertificate(issuance.Ports{}))
	o.runner.Add(batch.AddMultiple(o.runner, o.store))
	people := api.New(api.Config{Engine: o.runner, Instances: o.store, SignIn: principal.New(principal.Config{ClientPrincipal: true}), Log: log})
	server := newServer(routes(people, triggers{runner: o.runner, archive: o.store, log: log}))
	if change != nil {
		change(server)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	o.addr = listener.Addr().String()
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return o
}

// dial opens a connection to write to by hand.
func (o *outside) dial() net.Conn {
	o.t.Helper()
	conn, err := net.Dial("tcp", o.addr)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

// raw sends a request as it is written and reads the answer. One of the API is held to
// its description.
func (o *outside) raw(request string) (*http.Response, string) {
	o.t.Helper()
	conn := o.dial()
	if _, err := io.WriteString(conn, request); err != nil {
		o.t.Fatal(err)
	}
	resp, body := o.answer(conn)
	sent, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	if err == nil && !strings.HasPrefix(body, strconv.Itoa(resp.StatusCode)+" ") { // else net/http has answered itself
		o.described(sent.Method, sent.URL, resp, body)
	}
	return resp, body
}

// described holds an answer to api/openapi.json. A trigger's has another form.
func (o *outside) described(method string, to *url.URL, resp *http.Response, body string) {
	o.t.Helper()
	address := to.Path
	if to.RawPath != "" {
		address = to.RawPath
	}
	if slices.Contains(triggerNames(o.t), strings.TrimPrefix(address, "/")) {
		return
	}
	apitest.Check(o.t, method, address, resp.StatusCode, resp.Header, []byte(body))
}

func (o *outside) answer(conn net.Conn) (*http.Response, string) {
	o.t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		o.t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return resp, string(body)
}

// caller is the client of these tests: the default one loses its connections when another
// test closes its server.
var caller = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}

// post calls the API as an operator.
func (o *outside) post(path string, body io.Reader) (status int, reply string, err error) {
	req, err := http.NewRequest(http.MethodPost, "http://"+o.addr+path, body)
	if err != nil {
		return 0, "", err
	}
	req.Header.Set(principal.Header, operator)
	resp, err := caller.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil {
		o.described(req.Method, req.URL, resp, string(raw))
	}
	return resp.StatusCode, string(raw), err
}

var operator = principaltest.ClientPrincipal("aad", "olga@example.com", principal.Operator)

func (o *outside) instances() []*durable.Instance {
	o.t.Helper()
	list, _, err := o.store.List(context.Background(), durable.Filter{Top: 1000})
	if err != nil {
		o.t.Fatal(err)
	}
	return list
}

// triggerNames are the functions that are not HTTP, as their folders name them.
func triggerNames(t testing.TB) (names []string) {
	t.Helper()
	manifests, err := filepath.Glob("../functions/*/function.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		raw, err := os.ReadFile(m)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(raw), `"httpTrigger"`) {
			names = append(names, filepath.Base(filepath.Dir(m)))
		}
	}
	if len(names) < 5 {
		t.Fatalf("only these functions were found: %q", names)
	}
	return names
}

// fuzzedTrigger gives the queue's endpoints a body, on an engine that is new.
func fuzzedTrigger(t *testing.T, poison bool, body []byte) (*httptest.ResponseRecorder, *memstore.Store) {
	t.Helper()
	clock := durabletest.NewClock()
	store := memstore.New(clock.Now)
	runner := durable.NewRunner(durable.Config{Store: store, Queue: memstore.NewQueue(clock.Now), Clock: clock.Now, Log: slog.New(slog.DiscardHandler)})
	runner.Add(issuance.AddCertificate(issuance.Ports{}))
	path := "/RunStep"
	if poison {
		path = "/RunStepPoison"
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	routes(http.NotFoundHandler(), triggers{runner: runner, log: slog.New(slog.DiscardHandler)}).ServeHTTP(w, r)
	return w, store
}
