package keyvault_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/keyvault"
)

const vaultURL = "https://platform.vault.azure.net"

// answer is one reply of a scripted service.
type answer struct {
	status     int
	body       string
	retryAfter string
}

// script is a service that gives fixed answers: what a real vault says in one
// call. A route ("GET /certificates/a/") without an answer is 404.
type script struct {
	mu      sync.Mutex
	answers map[string][]answer // the last one stays
	bodies  map[string][]string // what was sent, by route
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-ms-request-id", "6faacd56")
	if r.Header.Get("Authorization") == "" {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	route := r.Method + " " + r.URL.Path
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bodies == nil {
		s.bodies = map[string][]string{}
	}
	s.bodies[route] = append(s.bodies[route], string(body))
	answers := s.answers[route]
	if len(answers) == 0 {
		w.WriteHeader(http.StatusNotFound)
		io.WriteString(w, `{"error":{"code":"CertificateNotFound","message":"Not found."}}`)
		return
	}
	if len(answers) > 1 {
		s.answers[route] = answers[1:]
	}
	if answers[0].retryAfter != "" {
		w.Header().Set("Retry-After", answers[0].retryAfter)
	}
	w.WriteHeader(answers[0].status)
	io.WriteString(w, answers[0].body)
}

// sent decodes the only request of a route.
func (s *script) sent(t *testing.T, route string) map[string]any {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.bodies[route]) != 1 {
		t.Fatalf("%s was called %d times", route, len(s.bodies[route]))
	}
	var out map[string]any
	if err := json.Unmarshal([]byte(s.bodies[route][0]), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// redirect sends every request to the handler, with the vault's name as Host.
func redirect(t *testing.T, h http.Handler) policy.Transporter {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return transport(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Host = r.URL.Host
		r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(server.URL, "http://")
		return server.Client().Do(r)
	})
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(r *http.Request) (*http.Response, error) { return f(r) }

type identity struct{ err error }

func (i identity) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "a-token", ExpiresOn: time.Now().Add(time.Hour)}, i.err
}

func newVault(t *testing.T, c keyvault.Config) *keyvault.Vault {
	t.Helper()
	c.BaseURL = vaultURL
	if c.Credential == nil {
		c.Credential = identity{}
	}
	v, err := keyvault.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// once keeps the SDK from trying again, which would take seconds.
func once(t *testing.T) context.Context {
	return policy.WithRetryOptions(t.Context(), policy.RetryOptions{MaxRetries: -1})
}

// official is the body of an example of the service's own specification.
func official(t *testing.T, name, status string) string {
	t.Helper()
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Skip("CERTGATE_FIXTURES is not set")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "azure-rest-api-specs", "keyvault", name+"-example.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Responses map[string]struct{ Body json.RawMessage }
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return string(doc.Responses[status].Body)
}
