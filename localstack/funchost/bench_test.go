package funchost

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/localstack/waittest"
)

// bench is a running host with a handler that the test controls.
type bench struct {
	*Host
	control *control
	logs    *logBuffer
	ended   chan error // what Run returned
	stop    context.CancelFunc
}

// appFiles are the files of a function app: path to content.
type appFiles map[string]string

// hostJSON is a host.json that runs this test binary; more are further members.
func hostJSON(more string) string {
	executable, _ := json.Marshal(os.Args[0])
	return `{"version":"2.0",` + more + `"customHandler":{"enableProxyingHttpRequest":true,"description":{"defaultExecutablePath":` + string(executable) + `}}}`
}

// queuesJSON polls fast and retries at once.
const queuesJSON = `"extensions":{"queues":{"maxPollingInterval":"00:00:00.1","maxDequeueCount":2}},`

func httpFunction(members string) string {
	return `{"bindings":[{"type":"httpTrigger","direction":"in","name":"request","authLevel":"anonymous"` + members + `},{"type":"http","direction":"out","name":"$return"}]}`
}

func queueFunction(queue string) string {
	return `{"bindings":[{"type":"queueTrigger","direction":"in","name":"job","queueName":"` + queue + `"}]}`
}

const timerFunction = `{"bindings":[{"type":"timerTrigger","direction":"in","name":"tick","schedule":"0 0 0 1 1 *"}]}`

func writeApp(t *testing.T, files appFiles) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// newBench starts a host and waits until it is ready.
func newBench(t *testing.T, files appFiles, config Config) *bench {
	t.Helper()
	b := prepareBench(t, files, config)
	b.start(t)
	b.awaitReady(t)
	return b
}

func prepareBench(t *testing.T, files appFiles, config Config) *bench {
	t.Helper()
	b := &bench{control: newControl(t), logs: &logBuffer{}, ended: make(chan error, 1)}
	config.ScriptRoot = writeApp(t, files)
	config.Addr = "127.0.0.1:0"
	config.Logger = slog.New(slog.NewTextHandler(b.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	config.Env = append([]string{controlVariable + "=" + b.control.server.URL}, config.Env...)
	var err error
	if b.Host, err = New(config); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	b.stop = cancel
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		b.ended <- b.Run(ctx)
	}()
	t.Cleanup(func() {
		b.control.letGo()
		cancel()
		<-stopped
		if t.Failed() {
			t.Logf("log of the host:\n%s", b.logs)
		}
	})
}

func (b *bench) awaitReady(t *testing.T) {
	t.Helper()
	select {
	case <-b.Ready():
	case err := <-b.ended:
		t.Fatalf("Run ended before the host was ready: %v", err)
	case <-time.After(waittest.Patience):
		t.Fatal("the host is not ready")
	}
}

func (b *bench) url(path string) string { return "http://" + b.Addr() + path }

// request sends a request and returns status and body.
func (b *bench) request(t *testing.T, method, path, body string, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, b.url(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// trigger runs a function by the admin API.
func (b *bench) trigger(t *testing.T, function, input string) {
	t.Helper()
	body, _ := json.Marshal(map[string]string{"input": input})
	if status, text := b.request(t, "POST", "/admin/functions/"+function, string(body), "Content-Type", "application/json", masterKeyHeader, b.MasterKey()); status != http.StatusAccepted {
		t.Fatalf("trigger %s: status %d %s", function, status, text)
	}
}

func (b *bench) awaitLog(t *testing.T, text string) {
	t.Helper()
	waittest.Until(t, waittest.Patience, fmt.Sprintf("the log says %q", text), func() bool { return strings.Contains(b.logs.String(), text) })
}

// control is the test's end of the handler: it records and gives orders.
type control struct {
	server *httptest.Server
	free   chan struct{}

	mu     sync.Mutex
	all    []seen
	script map[string][]act // by path; the last order stays
	held   map[string]bool  // paths that get no answer
}

func newControl(t *testing.T) *control {
	c := &control{free: make(chan struct{}), script: map[string][]act{}, held: map[string]bool{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	t.Cleanup(c.letGo)
	return c
}

func (c *control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var s seen
	if err := json.NewDecoder(r.Body).Decode(&s); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	path, _, _ := strings.Cut(s.URI, "?")
	c.mu.Lock()
	c.all = append(c.all, s)
	a := act{Status: 200, ContentType: "application/json", Body: `{"Outputs":{},"Logs":[],"ReturnValue":null}`}
	if orders := c.script[path]; len(orders) > 0 {
		a = orders[0]
		if len(orders) > 1 {
			c.script[path] = orders[1:]
		}
	}
	held := c.held[path]
	c.mu.Unlock()
	if held {
		select {
		case <-c.free:
		case <-r.Context().Done():
			return
		}
	}
	json.NewEncoder(w).Encode(a)
}

// order says how requests to a path are answered, in turn; the last one stays.
func (c *control) order(path string, acts ...act) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.script[path] = acts
}

// hold lets requests to a path wait until letGo.
func (c *control) hold(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held[path] = true
}

func (c *control) letGo() {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.free:
	default:
		close(c.free)
	}
	c.held = map[string]bool{}
}

// to lists the requests to a path so far.
func (c *control) to(path string) []seen {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []seen
	for _, s := range c.all {
		if p, _, _ := strings.Cut(s.URI, "?"); p == path {
			out = append(out, s)
		}
	}
	return out
}

// await waits for the n-th request to a path and returns it.
func (c *control) await(t *testing.T, path string, n int) seen {
	t.Helper()
	waittest.Until(t, waittest.Patience, fmt.Sprintf("request %d to %s", n, path), func() bool { return len(c.to(path)) >= n })
	return c.to(path)[n-1]
}

// sent is a decoded trigger payload.
type sent struct {
	Data     map[string]json.RawMessage
	Metadata map[string]json.RawMessage
}

func (s seen) payload(t *testing.T) sent {
	t.Helper()
	var p sent
	if err := json.Unmarshal(s.Body, &p); err != nil {
		t.Fatalf("payload %q: %v", s.Body, err)
	}
	return p
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

func (l *logBuffer) count(text string) int { return strings.Count(l.String(), text) }
