package edge_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack/edge"
)

func TestAHostGetsTheHandlerOfItsBestRoute(t *testing.T) {
	t.Parallel()
	e, ca := start(t,
		edge.Route{Host: "management.azure.com", Handler: echo("arm")},
		edge.Route{Host: "*.azure.net", Handler: echo("other")},
		edge.Route{Host: "*.vault.azure.net", Handler: echo("vault")},
		edge.Route{Host: "Special.vault.azure.net", Handler: echo("special")},
	)
	client := clientOf(t, e, ca.Pool())
	for address, want := range map[string]string{
		"https://management.azure.com/subscriptions?api-version=1": "arm PUT management.azure.com/subscriptions?api-version=1 text",
		"https://my.vault.azure.net/certificates/":                 "vault PUT my.vault.azure.net/certificates/ text",
		"https://MY.vault.azure.net:443/a%2Fb":                     "vault PUT MY.vault.azure.net:443/a%2Fb text",
		"https://special.vault.azure.net/":                         "special PUT special.vault.azure.net/ text",
		"https://a.b.azure.net/":                                   "other PUT a.b.azure.net/ text",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, address, strings.NewReader("text"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := bodyOf(t, resp); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
		if resp.ProtoMajor != 2 {
			t.Errorf("%s: %s", address, resp.Proto)
		}
	}
}

func TestAnythingElseIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	e, ca := start(t, edge.Route{Host: "*.vault.azure.net", Handler: echo("vault")})
	client := clientOf(t, e, ca.Pool())
	for address, want := range map[string]string{
		"https://example.com/":           "no route for example.com, and nothing leaves this machine",
		"https://vault.azure.net/":       "no route for vault.azure.net",
		"https://127.0.0.1/":             "no route for 127.0.0.1",
		"https://my.vault.azure.net:444": "my.vault.azure.net:444 is not a host with port 443",
	} {
		resp, err := client.Get(address)
		if err == nil {
			resp.Body.Close()
			t.Errorf("%s was answered with %s", address, resp.Status)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %q, want %q", address, err, want)
		}
	}

	resp, err := client.Get("http://my.vault.azure.net/") // absolute form, not CONNECT
	if err != nil {
		t.Fatal(err)
	}
	if text := bodyOf(t, resp); resp.StatusCode != http.StatusNotImplemented || !strings.Contains(text, "plain http is not proxied") {
		t.Errorf("plain http: %s %q", resp.Status, text)
	}
}

func TestAClientWithoutTheRootRefusesTheCertificate(t *testing.T) {
	t.Parallel()
	e, _ := start(t, edge.Route{Host: "management.azure.com", Handler: echo("arm")})
	resp, err := clientOf(t, e, x509.NewCertPool()).Get("https://management.azure.com/")
	if err == nil {
		resp.Body.Close()
	}
	if !errors.As(err, new(x509.UnknownAuthorityError)) {
		t.Errorf("error %v", err)
	}
}

func TestManyConnectionsStayOpenAndAreUsedAgain(t *testing.T) {
	t.Parallel()
	const workers, rounds = 60, 5
	var connections sync.Map
	arrived := make(chan struct{}, workers)
	release := make(chan struct{})
	var waiting atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connections.Store(r.RemoteAddr, true)
		if waiting.Add(1) <= workers { // the first round meets here: all connections at once
			arrived <- struct{}{}
			<-release
		}
		fmt.Fprint(w, "ok")
	})
	e, ca := start(t, edge.Route{Host: "management.azure.com", Handler: handler})
	client := clientOf(t, e, ca.Pool())
	transport := client.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2 = false // HTTP/1.1: one connection for each request under way
	transport.MaxIdleConnsPerHost = workers

	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				resp, err := client.Get("https://management.azure.com/")
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	for range workers {
		select {
		case <-arrived:
		case <-time.After(30 * time.Second):
			t.Fatal("not all connections came")
		}
	}
	close(release)
	wg.Wait()
	count := 0
	connections.Range(func(any, any) bool { count++; return true })
	if count != workers {
		t.Errorf("%d connections for %d workers with %d requests each", count, workers, rounds)
	}
}

func TestMiddlewareCountsAndInjectsFaultsFromTheOutsideIn(t *testing.T) {
	t.Parallel()
	var seen atomic.Int64
	count := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			next.ServeHTTP(w, r)
		})
	}
	fault := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/busy":
				w.Header().Set("Retry-After", "3")
				w.WriteHeader(http.StatusTooManyRequests)
			case "/cut":
				panic(http.ErrAbortHandler)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
	e, ca := start(t, edge.Route{Host: "ca.test", Handler: echo("ca"), Middleware: []edge.Middleware{count, fault}})
	for _, http2 := range []bool{true, false} {
		seen.Store(0)
		client := clientOf(t, e, ca.Pool())
		client.Transport.(*http.Transport).ForceAttemptHTTP2 = http2
		resp, err := client.Get("https://ca.test/busy")
		if err != nil {
			t.Fatal(err)
		}
		bodyOf(t, resp)
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "3" {
			t.Errorf("busy: %s, %v", resp.Status, resp.Header)
		}
		// A POST: the client sends a GET again by itself when a connection is lost.
		resp, err = client.Post("https://ca.test/cut", "text/plain", strings.NewReader("x"))
		if err == nil {
			resp.Body.Close()
			t.Errorf("cut: answered with %s", resp.Status)
		}
		resp, err = client.Get("https://ca.test/fine")
		if err != nil {
			t.Fatal(err)
		}
		if text := bodyOf(t, resp); !strings.HasPrefix(text, "ca GET ca.test/fine") {
			t.Errorf("fine: %q", text)
		}
		if seen.Load() != 3 {
			t.Errorf("counted %d requests, want 3", seen.Load())
		}
	}
}

func TestBadRoutesAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, routes := range map[string][]edge.Route{
		"no host":    {{Handler: echo("a")}},
		"no handler": {{Host: "a.test"}},
		"twice":      {{Host: "a.test", Handler: echo("a")}, {Host: "A.test", Handler: echo("b")}},
	} {
		if e, err := edge.Start(edge.Config{Routes: routes}); err == nil {
			e.Close()
			t.Errorf("%s: started", name)
		}
	}
}

func TestAnUpstreamThatIsDownIsABadGateway(t *testing.T) {
	t.Parallel()
	down := httptest.NewServer(nil)
	down.Close()
	handler, err := edge.Upstream(down.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, ca := start(t, edge.Route{Host: "ca.test", Handler: handler})
	resp, err := clientOf(t, e, ca.Pool()).Get("https://ca.test/")
	if err != nil {
		t.Fatal(err)
	}
	if text := bodyOf(t, resp); resp.StatusCode != http.StatusBadGateway || !strings.Contains(text, "does not answer") {
		t.Errorf("%s %q", resp.Status, text)
	}
	if _, err := edge.Upstream("ca.test:443", nil); err == nil {
		t.Error("an upstream without a scheme was accepted")
	}
}
