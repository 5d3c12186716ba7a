package acmeca_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
)

// now is what the clock of every test with an oddCA says.
var now = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

// oddCA is a server that plays authorities (and load balancers in front of
// them) that Pebble does not play. It accepts any signature.
type oddCA struct {
	*httptest.Server
	// answers are the replies by path, in turn; the last one stays.
	answers map[string][]answer

	mu       sync.Mutex
	payloads map[string][]string // what was signed, by path
	reads    map[string]int      // GET and HEAD
	nonces   map[string]int      // how often each was used
}

type answer struct {
	status     int
	retryAfter string
	location   string
	body       string
	noNonce    bool
}

// plainDirectory is a directory; %s stands for the server.
const plainDirectory = `{"newNonce":"%s/nonce","newAccount":"%s/account","newOrder":"%s/order","revokeCert":"%s/revoke",
	"renewalInfo":"%s/renewal-info","meta":{"profiles":{"classic":"c","short":"s"}}}`

func startOddCA(t *testing.T, answers map[string][]answer) *oddCA {
	t.Helper()
	odd := &oddCA{payloads: map[string][]string{}, reads: map[string]int{}, nonces: map[string]int{}, answers: map[string][]answer{
		"/directory": {{status: 200, body: plainDirectory}},
		"/nonce":     {{status: 200}},
		"/account":   {{status: 201, location: "%s/account/1", body: `{"status":"valid"}`}},
	}}
	for path, a := range answers {
		odd.answers[path] = a
	}
	odd.Server = httptest.NewUnstartedServer(odd)
	odd.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not trust it
	odd.StartTLS()
	t.Cleanup(odd.Close)
	return odd
}

func (odd *oddCA) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := odd.next(r)
	if !a.noNonce {
		w.Header().Set("Replay-Nonce", rand.Text())
	}
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	if a.location != "" {
		w.Header().Set("Location", odd.fill(a.location))
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, odd.fill(a.body))
}

func (odd *oddCA) fill(s string) string { return strings.ReplaceAll(s, "%s", odd.URL) }

func (odd *oddCA) next(r *http.Request) answer {
	odd.mu.Lock()
	defer odd.mu.Unlock()
	if r.Method == http.MethodPost {
		var jws struct{ Protected, Payload string }
		_ = json.NewDecoder(r.Body).Decode(&jws)
		protected, _ := base64.RawURLEncoding.DecodeString(jws.Protected)
		payload, _ := base64.RawURLEncoding.DecodeString(jws.Payload)
		var header struct{ Nonce string }
		_ = json.Unmarshal(protected, &header)
		odd.nonces[header.Nonce]++
		odd.payloads[r.URL.Path] = append(odd.payloads[r.URL.Path], string(payload))
	} else {
		odd.reads[r.URL.Path]++
	}
	left := odd.answers[r.URL.Path]
	switch len(left) {
	case 0:
		return answer{status: 404}
	case 1:
		return left[0]
	}
	odd.answers[r.URL.Path] = left[1:]
	return left[0]
}

func (odd *oddCA) signed(path string) []string {
	odd.mu.Lock()
	defer odd.mu.Unlock()
	return odd.payloads[path]
}

func (odd *oddCA) read(path string) int {
	odd.mu.Lock()
	defer odd.mu.Unlock()
	return odd.reads[path]
}

// client is a CA on the server with a clock that stands still.
func (odd *oddCA) client() *acmeca.CA {
	return acmeca.New(acmeca.Config{
		Endpoint: odd.URL, Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: odd.Client().Transport,
		Clock: func() time.Time { return now },
	})
}
