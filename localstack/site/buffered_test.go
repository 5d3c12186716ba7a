package site

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// through asks an API behind the buffer.
func through(t *testing.T, within time.Duration, api http.HandlerFunc, headers ...string) (*http.Response, string) {
	t.Helper()
	backend := httptest.NewServer(api)
	t.Cleanup(backend.Close)
	address, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(buffered(address, within, slog.New(slog.DiscardHandler)))
	t.Cleanup(front.Close)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+"/api/x%2fy?a=1&a=2", nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(headers); n += 2 {
		req.Header.Set(headers[n], headers[n+1])
	}
	reply, err := front.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply, string(body)
}

func TestAStreamArrivesInOnePiece(t *testing.T) {
	t.Parallel()
	reply, body := through(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		for _, part := range []string{"one ", "two ", r.URL.RequestURI(), " ", r.Host, " ", r.Header.Get("X-Forwarded-Host")} {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
		}
	}, "X-Forwarded-Host", "certificates.example.com")
	if reply.ContentLength != int64(len(body)) || !strings.HasPrefix(body, "one two /api/x%2fy?a=1&a=2 127.0.0.1:") || !strings.HasSuffix(body, " certificates.example.com") {
		t.Errorf("length %d: %s", reply.ContentLength, body)
	}
}

func TestAStreamThatDoesNotEndInTimeIsAnError(t *testing.T) {
	t.Parallel()
	reply, body := through(t, 100*time.Millisecond, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "one")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	if reply.StatusCode != http.StatusInternalServerError || strings.Contains(body, "one") {
		t.Errorf("%d %s", reply.StatusCode, body)
	}
}

func TestThereAreNoWebSockets(t *testing.T) {
	t.Parallel()
	_, body := through(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "asked for "+r.Header.Get("Upgrade"))
	}, "Connection", "Upgrade", "Upgrade", "websocket")
	if body != "asked for " {
		t.Error(body)
	}
}
