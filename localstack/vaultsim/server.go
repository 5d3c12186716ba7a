package vaultsim

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// maxBody bounds a request's body. The largest legal one is an imported PFX.
const maxBody = 1 << 20

// Options are the settings of a Server. The zero value asks for no token and
// is consistent at once.
type Options struct {
	// Retention is how long a deleted name can be recovered (default 90 days, as
	// in a vault where none was chosen). Another one shows in every recoveryLevel.
	Retention time.Duration
	// Tokens checks bearer tokens; nil answers without authentication, as a
	// client with a nil credential needs it.
	Tokens TokenChecker
	// SettleAfter is how long a deletion, a recovery and a purge take until
	// every call sees them (minutes in the service, 0 here).
	SettleAfter time.Duration
	// SelfIssueAfter is how long the issuer Self takes to sign (0: until the next call).
	SelfIssueAfter time.Duration
	// Deny, if set, is asked before every authorized call, and refuses it by
	// answering true: how tests take a role away or throttle.
	Deny func(method, path string) (Refusal, bool)
	// Now is the clock (default time.Now).
	Now func() time.Time
}

// TokenChecker says whether a bearer token is good for an audience.
type TokenChecker interface {
	Check(token, audience string) error
}

// Server simulates Key Vault. It is an http.Handler, safe for concurrent use.
type Server struct {
	options Options
	mux     *http.ServeMux

	mu     sync.Mutex
	vaults map[string]*vault // by host, lower case
	calls  map[string]int    // by route
}

// New makes a Server without vaults; a vault is there as soon as it is asked.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retention == 0 {
		o.Retention = defaultRetention
	}
	s := &Server{options: o, mux: http.NewServeMux(), vaults: map[string]*vault{}, calls: map[string]int{}}
	for route, handle := range s.routes() {
		s.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, route, handle) })
	}
	return s
}

// call is one request to one vault.
type call struct {
	v             *vault
	base          string // https://host
	name, version string
	path          string
	query         url.Values
	body          []byte
	now           time.Time
	retention     time.Duration
}

type reply struct {
	status   int
	body     any // nil for none
	location string
	later    bool // with Retry-After: the operation goes on
}

// pollAfter is the service's Retry-After, in seconds.
const pollAfter = "10"

type handler func(*call) (reply, error)

// Calls counts the authorized requests of a route such as
// "POST /certificates/{name}/create"; "" counts all of them.
func (s *Server) Calls(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if route != "" {
		return s.calls[route]
	}
	total := 0
	for _, n := range s.calls {
		total += n
	}
	return total
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setHeaders(w.Header(), r)
	if err := s.authorize(r); err != nil {
		challenge(w, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, route string, handle handler) {
	s.mu.Lock()
	s.calls[route]++
	s.mu.Unlock()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, badParameter("the request body cannot be read: %v", err))
		return
	}
	if err := checkRequest(r); err != nil {
		refuse(w, err)
		return
	}
	c := s.call(r.Host, r.URL.Path, r.PathValue("name"), r.PathValue("version"))
	c.query, c.body = r.URL.Query(), body
	answer, err := s.run(r.Method, c, handle)
	if err != nil {
		refuse(w, err)
		return
	}
	if answer.location != "" {
		w.Header().Set("Location", answer.location)
	}
	if answer.later {
		w.Header().Set("Retry-After", pollAfter)
	}
	if s.options.Tokens != nil {
		w.Header().Set("X-Ms-Keyvault-Rbac-Assignment-Id", assignment)
	}
	writeJSON(w, answer.status, answer.body)
}

// checkRequest refuses what the service refuses before it looks at anything.
func checkRequest(r *http.Request) error {
	if err := checkVersion(r.URL.Query().Get("api-version")); err != nil {
		return err
	}
	name := r.PathValue("name")
	switch {
	case strings.HasPrefix(r.URL.Path, "/certificates/") && (strings.EqualFold(name, "issuers") || strings.EqualFold(name, "contacts")):
		return notSimulated(r.URL.Path)
	case name != "" && !validName.MatchString(name):
		return badParameter("The request URI contains an invalid name: %s", name)
	}
	return nil
}

// run is the one way into a vault, over HTTP and from the gateway.
func (s *Server) run(method string, c *call, handle handler) (reply, error) {
	if s.options.Deny != nil {
		if refusal, denied := s.options.Deny(method, c.path); denied {
			return reply{}, refusal
		}
	}
	c.v.mu.Lock()
	defer c.v.mu.Unlock()
	c.v.settle(c)
	return handle(c)
}

func (s *Server) call(host, path, name, version string) *call {
	host = strings.ToLower(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.vaults[host]
	if v == nil {
		v = newVault()
		s.vaults[host] = v
	}
	return &call{v: v, base: "https://" + host, path: path, name: name, version: version, now: s.options.Now(), retention: s.options.Retention}
}

// ReadSecret reads a secret by its id, with or without version, with or without the
// port 443, as the gateway
// does it with its own identity: no token, but Deny and every other refusal as
// over HTTP. Refusals are of type Refusal.
func (s *Server) ReadSecret(_ context.Context, id string) (value, contentType string, err error) {
	u, err := url.Parse(id)
	if err != nil {
		return "", "", fmt.Errorf("read secret: %w", err)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || !strings.EqualFold(parts[0], "secrets") {
		return "", "", badParameter("%q is not the id of a secret", id)
	}
	c := s.call(strings.TrimSuffix(u.Host, ":443"), u.Path, parts[1], "")
	if len(parts) == 3 {
		c.version = parts[2]
	}
	answer, err := s.run(http.MethodGet, c, s.getSecret)
	if err != nil {
		return "", "", err
	}
	secret := answer.body.(secretReply)
	return *secret.Value, secret.ContentType, nil
}
