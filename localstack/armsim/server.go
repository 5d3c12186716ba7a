package armsim

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxBody bounds a document; the service allows 4 MiB per request.
const maxBody = 4 << 20

// Options are the settings of a Server.
type Options struct {
	// Subscription is the only one that is known.
	Subscription string
	// Tokens checks bearer tokens; nil answers without authentication.
	Tokens TokenChecker
	// Secrets reads the vault as the gateway's identity does; nil skips the check.
	Secrets SecretReader
	// UpdateTakes is how long a PUT runs (half a minute to many in Azure, 0 here).
	UpdateTakes time.Duration
	// RetryAfter is sent with a PUT and with every "InProgress", in whole seconds.
	RetryAfter Pace
	// Collision is how soon after a PUT the next one is refused with 429
	// RetryableError instead of cancelling the first (0: never).
	Collision time.Duration
	// IgnoreIfMatch lets every PUT through, whatever version its writer had read. The
	// header is not in the contract of the gateway's PUT, so it is not to be relied on.
	IgnoreIfMatch bool
	// Deny, if set, is asked before every call with a good token, and refuses it
	// by answering true.
	Deny func(method, path string) (Refusal, bool)
	// Permissions, if set, is what the caller may do at a scope (a resource id);
	// calls without permission are refused. Default: the roles that certgate needs.
	Permissions func(scope string) []Permission
	// Now is the clock (default time.Now). Operations run on real timers.
	Now func() time.Time
}

// TokenChecker says whether a bearer token is good for an audience.
type TokenChecker interface {
	Check(token, audience string) error
}

// SecretReader reads a Key Vault secret by its id, with or without version. An
// error with a method HTTPStatus() int is a refusal of the vault.
type SecretReader interface {
	ReadSecret(ctx context.Context, id string) (value, contentType string, err error)
}

// Server simulates ARM. It is an http.Handler, safe for concurrent use. Close
// it: operations run on timers.
type Server struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	publishing sync.Mutex // held while subscribers are told, taken before mu

	mu         sync.Mutex
	gateways   map[string]*gateway   // by id, lower case
	addresses  map[string]object     // public IP addresses by id, lower case
	operations map[string]*operation // by id
	dnsZones   map[string]*dnsZone   // by id, lower case
	log        []Entry
	listeners  map[int]func(Change)
	nextKey    int
}

// New makes a Server without resources.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, gateways: map[string]*gateway{}, addresses: map[string]object{},
		operations: map[string]*operation{}, dnsZones: map[string]*dnsZone{}, listeners: map[int]func(Change){}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Close stops the operations that run; they stay in progress for ever.
func (s *Server) Close() {
	s.cancel()
	s.running.Wait()
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-ms-request-id", newGUID())
	if r.Method == http.MethodGet {
		w.Header().Set("x-ms-ratelimit-remaining-subscription-global-reads", "3749")
	} else {
		w.Header().Set("x-ms-ratelimit-remaining-subscription-global-writes", "2999")
		w.Header().Set("x-ms-ratelimit-remaining-subscription-writes", "199")
	}
	answer, err := s.answer(w, r)
	if err != nil {
		refuse(w, r.Method, err)
		return
	}
	maps.Copy(w.Header(), answer.header)
	if answer.ofDNS {
		writeDNS(w, r.Method, answer.status, answer.body)
		return
	}
	writeJSON(w, answer.status, answer.body)
}

type reply struct {
	status int
	header http.Header
	body   any
	ofDNS  bool // written by Azure DNS
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (reply, error) {
	if err := s.authorize(w, r); err != nil {
		return reply{}, err
	}
	if s.options.Deny != nil {
		if refusal, denied := s.options.Deny(r.Method, r.URL.Path); denied {
			return reply{}, refusal
		}
	}
	version, err := versionOf(r)
	if err != nil {
		return reply{}, err
	}
	t, err := s.target(r.URL.Path)
	if err != nil {
		return reply{}, err
	}
	t.version = version
	if err := s.permit(r.Method, t); err != nil {
		return reply{}, err
	}
	switch kind := t.kind; {
	case kind == kindPermissions && r.Method == http.MethodGet:
		return s.listPermissions(t)
	case kind == kindOperation && r.Method == http.MethodGet:
		return s.operationStatus(t.name, r.URL.Query())
	case kind == kindPublicIP && r.Method == http.MethodGet:
		return s.getPublicIP(t)
	case kind == kindDNSZone && r.Method == http.MethodGet:
		return s.getDNSZone(t)
	case kind == kindDNSZones && r.Method == http.MethodGet:
		return s.listDNSZones(t), nil
	case kind == kindTXT && (r.Method == http.MethodGet || r.Method == http.MethodPut || r.Method == http.MethodDelete):
		return s.txt(r, t)
	case kind == kindGateway && r.Method == http.MethodGet:
		return s.getGateway(t)
	case kind == kindGateway && r.Method == http.MethodPut:
		return s.record(r, t, s.putGateway)
	case kind == kindGateway && r.Method == http.MethodPatch:
		return s.record(r, t, s.patchTags)
	}
	return reply{}, Refusal{Status: http.StatusMethodNotAllowed, Code: "HttpMethodNotAllowed", Message: r.Method + " is not simulated for this resource."}
}

// writer is a call that changes a gateway.
type writer func(r *http.Request, t target, body object) (reply, error)

// record decodes the body, runs the call and writes it into the log, whatever
// its end.
func (s *Server) record(r *http.Request, t target, write writer) (reply, error) {
	answer, err := func() (reply, error) {
		data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
		if err != nil {
			return reply{}, badRequest("InvalidRequestContent", "The request content cannot be read: %v", err)
		}
		body, err := decode(data)
		if err != nil {
			return reply{}, badRequest("InvalidRequestContent", "The request content was invalid and could not be deserialized: %v", err)
		}
		return write(r, t, body)
	}()
	entry := Entry{At: s.options.Now(), Method: r.Method, Gateway: t.id, HTTPStatus: answer.status}
	if err != nil {
		refusal := asRefusal(err)
		entry.HTTPStatus, entry.Code = refusal.Status, refusal.Code
	}
	if async := answer.header.Get(headerAsync); async != "" {
		entry.Operation = operationID(async)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, entry)
	return answer, err
}

func decode(data []byte) (object, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber() // numbers come back as they were written
	var out object
	if err := d.Decode(&out); err != nil {
		return nil, err
	}
	return out, nil
}
