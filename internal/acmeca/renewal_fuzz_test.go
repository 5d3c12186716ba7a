package acmeca

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

// ariServer is an authority of which only renewal information is asked.
type ariServer struct {
	status     int
	retryAfter string
	body       []byte
}

func (s ariServer) RoundTrip(r *http.Request) (*http.Response, error) {
	status, header, body := s.status, http.Header{"Retry-After": {s.retryAfter}}, s.body
	if r.URL.Path == "/dir" {
		status, header, body = http.StatusOK, http.Header{}, []byte(`{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o","renewalInfo":"https://ca.test/ari/"}`)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}

// FuzzRenewalInfo answers with documents of any content. A window comes out only
// if it is one, so that no garbage reads as "renew now", the next look is between
// a minute and a day away, and what is shown as a link is a link to a web page.
func FuzzRenewalInfo(f *testing.F) {
	f.Add(uint16(200), "21600", []byte(`{"suggestedWindow":{"start":"2026-05-01T00:00:00Z","end":"2026-05-02T00:00:00Z"},"explanationURL":"https://ca.test/why"}`))
	f.Add(uint16(200), "0", []byte(`{"suggestedWindow":{"start":"2026-05-02T00:00:00Z","end":"2026-05-01T00:00:00Z"},"explanationURL":"javascript:alert(1)"}`))
	f.Add(uint16(200), "x", []byte(`{"suggestedWindow":null}`))
	f.Add(uint16(200), "", []byte(`{"suggestedWindow":{"start":"0001-01-01T00:00:00Z","end":"9999-12-31T23:59:59+23:59"}}`))
	f.Add(uint16(404), "", []byte(`{"type":"urn:ietf:params:acme:error:malformed"}`))
	f.Add(uint16(429), "30", []byte(``))
	f.Add(uint16(302), "", []byte(``))
	f.Fuzz(func(t *testing.T, status uint16, retryAfter string, body []byte) {
		if status >= 300 && status < 400 {
			return // the HTTP client's affair
		}
		ca := New(Config{Endpoint: "https://ca.test/dir", Transport: ariServer{int(status), retryAfter, body}, Clock: func() time.Time { return at }})
		window, again, err := ca.RenewalInfo(t.Context(), "id.serial")
		switch {
		case err == nil:
			if status != http.StatusOK || window.Start.IsZero() || !window.End.After(window.Start) {
				t.Fatalf("%d %q is the window %+v", status, body, window)
			}
			if page := window.ExplanationURL; page != "" {
				if u, err := url.Parse(page); err != nil || u.Scheme != "https" || u.Host == "" || !fit(page) {
					t.Fatalf("%q is shown as a link", page)
				}
			}
		case errors.Is(err, renewal.ErrNoInfo):
			if again < minRenewalInfoRetry || again > maxRenewalInfoRetry {
				t.Fatalf("%d %q: again after %s", status, body, again)
			}
		case !errors.As(err, new(*durable.RetryLater)) && !errors.As(err, new(*durable.Transient)) && !errors.As(err, new(*durable.Failure)):
			t.Fatalf("%d %q: nothing that a step can act on: %v", status, body, err)
		}
		if err != nil && window != (managed.Window{}) {
			t.Fatalf("%d %q: %v and a window", status, body, err)
		}
	})
}
