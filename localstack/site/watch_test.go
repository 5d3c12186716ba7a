package site_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"certgate/localstack/waittest"
)

type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.text.String(), text)
}

func TestAMalformedCookieEndsTheEmulatorWhichSaysSoAndComesBack(t *testing.T) {
	t.Parallel()
	said := &lines{}
	w := logged(t, slog.New(slog.NewTextHandler(said, nil)))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", "StaticWebAppsAuthCookie=not-base64-of-json")
	if response, err := http.DefaultTransport.RoundTrip(request); err == nil {
		response.Body.Close()
	}
	waittest.Until(t, waittest.Patience, "the end is told of", func() bool { return said.has("the web site's emulator has ended") })
	waittest.Until(t, waittest.Patience, "it answers again", func() bool { return said.has("answers again") })
	if status, _, body := w.get("/", "reader"); status != http.StatusOK || !strings.Contains(body, "<html") {
		t.Errorf("afterwards: %d %.80q", status, body)
	}
}
