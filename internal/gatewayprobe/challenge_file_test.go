package gatewayprobe

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestTheFileIsAskedOfTheGatewayItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{HTTPPort: 8080})
	w.place(t, "127.0.0.1:8080", false, func(rw http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(rw, "%s %s", r.Host, r.URL.Path)
	})
	body, status, err := w.fetch(t)
	if err != nil || status != 200 || body != "shop.test /.well-known/acme-challenge/tok-en_1" {
		t.Errorf("got %q, %d, %v", body, status, err)
	}
}

func TestAnyStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, code := range []int{204, 303, 304, 403, 404, 500, 503} {
		w := newWorld(t, Config{})
		w.place(t, "127.0.0.1:80", false, redirectTo("/elsewhere", code))
		if _, status, err := w.fetch(t); err != nil || status != code {
			t.Errorf("status %d: got %d, %v", code, status, err)
		}
	}
	w := newWorld(t, Config{})
	w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(301) })
	if _, status, err := w.fetch(t); err != nil || status != 301 {
		t.Errorf("a redirect that leads nowhere: got %d, %v", status, err)
	}
}

func TestABodyIsReadToJustBeyondWhatACAReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Config{})
	w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := io.WriteString(rw, strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	})
	body, status, err := w.fetch(t)
	if err != nil || status != 200 || len(body) != 129 {
		t.Errorf("got %d bytes, %d, %v, want 129 bytes of an endless body", len(body), status, err)
	}
}

func TestAnUnreachableGatewayIsTroubleThatSaysWhatWasTried(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		timeout time.Duration
		says    string
	}{
		"no answer in time": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 200 * time.Millisecond, "nothing came within 200ms"},
		"endless headers": {func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("X-Long", strings.Repeat("x", 1<<20))
		}, 0, "did not speak the protocol"},
		"a connection cut off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, "ended early"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Config{Timeout: c.timeout})
			w.place(t, "127.0.0.1:80", false, c.handler)
			_, _, err := w.fetch(t)
			wantTrouble(t, err, "127.0.0.1 port 80", c.says)
		})
	}
	t.Run("a body that never ends its first bytes", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, Config{Timeout: 200 * time.Millisecond})
		w.place(t, "127.0.0.1:80", false, func(rw http.ResponseWriter, r *http.Request) {
			io.WriteString(rw, "abc")
			http.NewResponseController(rw).Flush()
			<-r.Context().Done()
		})
		_, _, err := w.fetch(t)
		wantTrouble(t, err, "broke off")
	})
	t.Run("no server listens", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := portOf(t, listener)
		listener.Close()
		_, _, err = New(Config{HTTPPort: port}).ChallengeFile(t.Context(), "shop.test", "t", loopback())
		wantTrouble(t, err, fmt.Sprintf("127.0.0.1 port %d", port), "the connection was refused")
	})
}

// Not parallel: it sets the environment.
func TestAProxyInTheEnvironmentIsNotUsed(t *testing.T) {
	w := newWorld(t, Config{})
	w.place(t, "127.0.0.1:80", false, say("from the gateway"))
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"} {
		t.Setenv(name, "http://proxy.test:3128")
	}
	body, _, err := w.fetch(t)
	if err != nil || body != "from the gateway" {
		t.Errorf("got %q, %v", body, err)
	}
}

func wantTrouble(t *testing.T, err error, says ...string) {
	t.Helper()
	var transient *durable.Transient
	if !errors.As(err, &transient) {
		t.Fatalf("got %v, want trouble", err)
	}
	for _, s := range says {
		if !strings.Contains(transient.Public, s) {
			t.Errorf("%q does not say %q (%v)", transient.Public, s, err)
		}
	}
}
