package funchost

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/localstack/process/processtest"
)

func httpBench(t *testing.T, config Config) *bench {
	t.Helper()
	return newBench(t, appFiles{
		"host.json":              hostJSON(""),
		"Api/function.json":      httpFunction(`,"route":"{*path}","methods":["get","post"]`),
		"Aardvark/function.json": httpFunction(`,"route":"items/{id}"`),
		"Zebra/function.json":    httpFunction(`,"route":"items/special","methods":["put"]`),
		"Tick/function.json":     timerFunction,
	}, config)
}

func TestRequestsReachTheHandlerUnderTheRoutePrefixOnly(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	b.control.order("/api/x/y", act{Status: 418, ContentType: "text/plain", Body: "teapot"})
	cases := []struct {
		method, path string
		status       int
		forwarded    bool
	}{
		{"GET", "/api/x/y?a=1&a=2;b", 418, true},
		{"GET", "/API/items/7", 200, true},
		{"GET", "/api", 200, true},
		{"DELETE", "/api/elsewhere", 404, false}, // wrong method is 404, not 405
		{"DELETE", "/api/items/7", 200, true},
		{"PUT", "/api/items/special", 200, true},
		{"POST", "/Tick", 404, false}, // a trigger function has no public path
		{"GET", "/nothing", 404, false},
		{"GET", "/admin/functions/Tick", 401, false},
		{"GET", "/Admin/host/ping", 200, false},
		{"GET", "/", 200, false},
	}
	for _, c := range cases {
		before := len(b.control.to(pathOf(c.path)))
		status, _ := b.request(t, c.method, c.path, "")
		arrived := len(b.control.to(pathOf(c.path))) > before
		if status != c.status || arrived != c.forwarded {
			t.Errorf("%s %s: status %d forwarded %t, want %d %t", c.method, c.path, status, arrived, c.status, c.forwarded)
		}
	}
	if got := b.control.to("/api/x/y")[0].URI; got != "/api/x/y?a=1&a=2;b" {
		t.Errorf("the handler saw %s: path and query must arrive as received", got)
	}
}

func pathOf(uri string) string { path, _, _ := strings.Cut(uri, "?"); return path }

func TestForwardingHeadersOfTheClientAreReplaced(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	b.request(t, "GET", "/api/x", "",
		"X-Forwarded-Host", "evil.example", "X-Forwarded-For", "203.0.113.9", "X-Forwarded-Proto", "https", "Forwarded", "for=203.0.113.9",
		"X-Ms-Invocation-Id", "forged", "X-Azure-Functions-InvocationId", "forged", "X-Azure-Functions-HostVersion", "forged",
		"X-Ms-Client-Principal", "kept", "Authorization", "Bearer kept", "User-Agent", "kept/1.0")
	got := b.control.await(t, "/api/x", 1)
	h := got.Header
	want := map[string]string{
		"X-Forwarded-Host": b.Addr(), "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "Forwarded": "",
		"X-Azure-Functions-HostVersion": hostVersion, "X-Ms-Client-Principal": "kept", "Authorization": "Bearer kept", "User-Agent": "kept/1.0",
	}
	for name, value := range want {
		if got := strings.Join(h.Values(name), ","); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	id := strings.Join(h.Values("X-Azure-Functions-InvocationId"), ",")
	if len(id) != 36 || id != strings.Join(h.Values("X-Ms-Invocation-Id"), ",") {
		t.Errorf("invocation id is %q and %q", id, h.Values("X-Ms-Invocation-Id"))
	}
	if !strings.HasPrefix(got.Host, "127.0.0.1:") || got.Host == b.Addr() {
		t.Errorf("Host is %q, want the handler's own address", got.Host)
	}
}

func TestChunkedRequestBodyPasses(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	body := struct{ io.Reader }{strings.NewReader("streamed")} // hides the length
	response, err := http.Post(b.url("/api/x"), "text/plain", body)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got := b.control.await(t, "/api/x", 1); string(got.Body) != "streamed" || !got.Chunked {
		t.Errorf("body %q chunked %t", got.Body, got.Chunked)
	}
}

func TestResponseIsStreamedAndAClientThatLeavesIsSignalled(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	b.control.order("/api/stream", act{Status: 200, ContentType: "text/event-stream", Body: "first\n", Stream: true})
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request, _ := http.NewRequestWithContext(ctx, "GET", b.url("/api/stream"), nil)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if line, err := bufio.NewReader(response.Body).ReadString('\n'); line != "first\n" {
		t.Fatalf("read %q, %v while the handler is still at it", line, err)
	}
	leave()
	if got := b.control.await(t, "/api/stream", 2); got.Method != "GONE" {
		t.Errorf("the handler was not told: %+v", got)
	}
}

func TestSilentRequestIsCutOff(t *testing.T) {
	t.Parallel()
	b := prepareBench(t, appFiles{"host.json": hostJSON(""), "Api/function.json": httpFunction("")}, Config{})
	b.Host.inactivity = 100 * time.Millisecond
	b.control.hold("/api/Api")
	b.start(t)
	b.awaitReady(t)
	if status, body := b.request(t, "GET", "/api/Api", ""); status != 500 || body != "" {
		t.Errorf("status %d body %q, want 500 and none", status, body)
	}
}

func TestACallWithoutBodyIsSentAgainWhenTheHandlerDies(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	code := 3
	for _, method := range []string{"GET", "POST"} {
		path := "/api/die-" + method
		b.control.order(path, act{Exit: &code}, act{Status: 202, ContentType: "text/plain", Body: "done"})
		if status, body := b.request(t, method, path, ""); status != 202 || body != "done" {
			t.Errorf("%s: status %d body %q, want the answer of the next handler", method, status, body)
		}
		first, second := b.control.await(t, path, 1), b.control.await(t, path, 2)
		if a, b := first.Header.Get("X-Ms-Invocation-Id"), second.Header.Get("X-Ms-Invocation-Id"); a == "" || a != b || first.PID == second.PID {
			t.Errorf("%s: invocations %q in process %d and %q in %d", method, a, first.PID, b, second.PID)
		}
	}
}

func TestACallWithABodyGetsAnEmpty500WhenTheHandlerDies(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	code := 3
	b.control.order("/api/die", act{Exit: &code}, act{Status: 200})
	if status, body := b.request(t, "POST", "/api/die", "{}"); status != 500 || body != "" {
		t.Errorf("status %d body %q, want 500 and none", status, body)
	}
	if status, _ := b.request(t, "GET", "/api/alive", ""); status != 200 || len(b.control.to("/api/die")) != 1 {
		t.Errorf("afterwards status %d; the call was sent %d times", status, len(b.control.to("/api/die")))
	}
}

func TestTheHandlerComesBackOnItsPort(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	port := func(call int) string {
		t.Helper()
		b.request(t, "GET", "/api/x", "")
		return b.control.await(t, "/api/x", call).Host
	}
	before := port(1)
	if err := b.KillHandler(); err != nil {
		t.Fatal(err)
	}
	if after := port(2); after != before {
		t.Errorf("the handler listens on %s, before its death on %s", after, before)
	}
}

func TestHeadersOverTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	for size, want := range map[int]int{31 << 10: 200, 32 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		if status, _ := b.request(t, "GET", "/api/x", "", "X-Big", strings.Repeat("x", size)); status != want {
			t.Errorf("a header of %d bytes gets %d, want %d", size, status, want)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{Env: []string{"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT=10"}})
	if status, _ := b.request(t, "POST", "/api/x", "12345678901"); status != http.StatusInternalServerError {
		t.Errorf("a body over the limit gets %d", status)
	}
	response, err := http.Post(b.url("/api/x"), "text/plain", struct{ io.Reader }{strings.NewReader("12345678901")})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusInternalServerError {
		t.Errorf("a chunked body over the limit gets %d", response.StatusCode)
	}
	if status, _ := b.request(t, "POST", "/api/x", "1234567890"); status != 200 {
		t.Errorf("a body at the limit gets %d", status)
	}
}

func TestFunctionsAreRunByHandWithTheKeyOnly(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{})
	for _, c := range []struct {
		path, header string
		status       int
	}{
		{"/admin/functions/Tick", "", 401},
		{"/ADMIN/functions/Tick", "wrong", 401},
		{"/admin/functions/Tick?code=" + b.MasterKey(), "wrong", 401}, // the header wins
		{"/admin/functions/Tick?code=" + b.MasterKey(), "", 202},
		{"/admin/functions/tick", b.MasterKey(), 202},
		{"/admin/functions/Other", b.MasterKey(), 404},
		{"/admin/functions/Api", b.MasterKey(), 400},
	} {
		if status, body := b.request(t, "POST", c.path, "", masterKeyHeader, c.header); status != c.status || status == 401 && body != "" {
			t.Errorf("%s with %q: status %d body %q, want %d", c.path, c.header, status, body, c.status)
		}
	}
}

func TestHomePageCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	b := httpBench(t, Config{Env: []string{"AzureWebJobsDisableHomepage=true"}})
	if status, body := b.request(t, "GET", "/", ""); status != http.StatusNoContent || body != "" {
		t.Errorf("status %d body %q", status, body)
	}
}

func TestRequestThatMetADyingHandlerGoesToTheNext(t *testing.T) {
	t.Parallel()
	address := fmt.Sprintf("127.0.0.1:%d", processtest.FreePort(t)) // no server listens there yet
	usable := make(chan struct{})
	close(usable)
	handler := &supervisor{
		options: handlerOptions{initializationTimeout: time.Second},
		current: &process{address: address}, usable: usable,
	}
	comes := time.AfterFunc(150*time.Millisecond, func() {
		if listener, err := net.Listen("tcp", address); err == nil {
			go http.Serve(listener, http.NotFoundHandler())
			t.Cleanup(func() { listener.Close() })
		}
	})
	defer comes.Stop()
	client := http.Client{Transport: newProxyTransport(handler)}
	response, err := client.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}
