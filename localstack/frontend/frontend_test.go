package frontend_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"certgate/localstack/frontend"
	"certgate/localstack/process"
)

// host is a backend that says its name and what it was asked.
func host(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/dies" {
			panic(http.ErrAbortHandler)
		}
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, name+" "+r.Method+" "+r.Host+" "+r.RequestURI+" "+string(body))
	}))
	t.Cleanup(s.Close)
	return s
}

func at(s *httptest.Server) func() string { return s.Listener.Addr().String }

func start(t *testing.T, backends ...frontend.Backend) (base string) {
	t.Helper()
	port := 0
	err := process.OnFreePorts(1, func(ports []int) error {
		front, err := frontend.Start(ports[0], backends)
		if err == nil {
			port = ports[0]
			t.Cleanup(func() { front.Close() })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + strconv.Itoa(port)
}

func ask(t *testing.T, method, url, body string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "app.example"
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

func TestRequestsGoToTheHostsInTurnAsTheyAre(t *testing.T) {
	t.Parallel()
	base := start(t, frontend.Backend{Addr: at(host(t, "a")), HTTP: true}, frontend.Backend{Addr: at(host(t, "b")), HTTP: true})
	said := map[string]int{}
	for range 4 {
		_, text := ask(t, http.MethodPost, base+"/api/x%2Fy?q=1;2&q", "body")
		said[text]++
	}
	for _, want := range []string{"a POST app.example /api/x%2Fy?q=1;2&q body", "b POST app.example /api/x%2Fy?q=1;2&q body"} {
		if said[want] != 2 {
			t.Errorf("%q was said %d times of 4: %v", want, said[want], said)
		}
	}
}

func TestARunByHandGoesToAHostThatHasTheFunction(t *testing.T) {
	t.Parallel()
	base := start(t,
		frontend.Backend{Addr: at(host(t, "http")), HTTP: true, Functions: []string{"HttpApi"}},
		frontend.Backend{Addr: at(host(t, "rescue")), Functions: []string{"Rescue"}})
	for path, want := range map[string]string{"/admin/functions/rescue": "rescue ", "/api/health": "http ", "/": "http ", "/admin/host/ping": "http "} {
		for range 2 {
			if _, text := ask(t, http.MethodPost, base+path, ""); !strings.HasPrefix(text, want) {
				t.Errorf("%s: %q, want %s", path, text, want)
			}
		}
	}
}

func TestAHostThatDoesNotListenIsPassedOver(t *testing.T) {
	t.Parallel()
	alive, dead := host(t, "alive"), host(t, "dead")
	base := start(t, frontend.Backend{Addr: at(dead), HTTP: true}, frontend.Backend{Addr: at(alive), HTTP: true}, frontend.Backend{Addr: func() string { return "" }, HTTP: true})
	dead.Close()
	for range 6 {
		if _, text := ask(t, http.MethodPost, base+"/api/x", "body"); !strings.HasPrefix(text, "alive ") || !strings.HasSuffix(text, " body") {
			t.Errorf("%q", text)
		}
	}
	alive.Close()
	if status, _ := ask(t, http.MethodGet, base+"/api/x", ""); status != http.StatusServiceUnavailable {
		t.Errorf("without a host: %d", status)
	}
}

// Nothing is sent twice that a host may have acted on.
func TestAHostThatDiesUnderARequestIsABrokenConnection(t *testing.T) {
	t.Parallel()
	base := start(t, frontend.Backend{Addr: at(host(t, "a")), HTTP: true}, frontend.Backend{Addr: at(host(t, "b")), HTTP: true})
	conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST /api/dies HTTP/1.1\r\nHost: app.example\r\nContent-Length: 4\r\n\r\nbody"); err != nil {
		t.Fatal(err)
	}
	if raw, err := io.ReadAll(conn); err != nil || len(raw) > 0 {
		t.Errorf("answer %q, %v", raw, err)
	}
}
