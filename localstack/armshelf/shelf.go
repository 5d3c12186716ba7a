package armshelf

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// Secrets reads the vault as the services do; *vaultsim.Server is one.
type Secrets interface {
	ReadSecret(ctx context.Context, id string) (value, contentType string, err error)
}

// Tokens says whether a bearer token is good for an audience.
type Tokens interface {
	Check(token, audience string) error
}

// Refusal is an answer that is no success.
type Refusal struct {
	Status        int
	Code, Message string
	RetryAfter    time.Duration
}

// Options are the settings of a Shelf.
type Options struct {
	Secrets Secrets
	Tokens  Tokens // nil answers without authentication
	// Deny, if set, is asked before every call.
	Deny func(method, path string) (Refusal, bool)
	// Polls is how often an operation says that it runs.
	Polls int
	// Read, if set, is told of each secret that a service has read.
	Read func(kind, secretID string)
}

// Shelf holds the resources. It is an http.Handler, safe for concurrent use.
type Shelf struct {
	mu         sync.Mutex
	options    Options
	parents    map[string]bool      // lower case
	resources  map[string]*resource // by id, lower case
	operations map[string]*operation
	puts       []string // ids, as they were asked for
}

type resource struct {
	id   string
	body map[string]any
}

type operation struct {
	polls int
	of    *resource
	fault string // why it fails; "" for not at all
	began time.Time
}

// New makes a Shelf without resources.
func New(o Options) *Shelf {
	return &Shelf{options: o, parents: map[string]bool{}, resources: map[string]*resource{}, operations: map[string]*operation{}}
}

// Set changes the options of a Shelf that runs.
func (s *Shelf) Set(change func(o *Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.options)
}

// AddParent makes a plan, an environment or a service exist.
func (s *Shelf) AddParent(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[strings.ToLower(id)] = true
}

// Puts are the ids of the PUTs so far.
func (s *Shelf) Puts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.puts...)
}

// Before leads what is of these services to the Shelf, and everything else on.
func Before(s *Shelf, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if owns(r.URL.Path) {
			s.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// owns reports whether a path is of one of these services.
func owns(path string) bool {
	lower := strings.ToLower(path)
	if strings.HasSuffix(lower, "/providers/microsoft.authorization/permissions") {
		return false
	}
	for _, provider := range []string{"microsoft.web", "microsoft.app", "microsoft.signalrservice", "microsoft.cdn"} {
		if strings.Contains(lower, "/providers/"+provider+"/") {
			return true
		}
	}
	return false
}

var (
	appServiceID = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Web/certificates/([^/]+)$`)
	containerID  = regexp.MustCompile(`(?i)^(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.App/managedEnvironments/[^/]+)/certificates/([^/]+)$`)
	signalRID    = regexp.MustCompile(`(?i)^(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.SignalRService/(?:webPubSub|signalR)/[^/]+)/customCertificates/([^/]+)$`)
	frontDoorID  = regexp.MustCompile(`(?i)^(/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Cdn/profiles/[^/]+)/secrets/([^/]+)$`)
	statusPath   = regexp.MustCompile(`(?i)/operationStatuses/([^/]+)$`)
)

func (s *Shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !s.signedIn(r) {
		refuse(w, Refusal{Status: http.StatusUnauthorized, Code: "InvalidAuthenticationToken", Message: "The access token is invalid."})
		return
	}
	if s.options.Deny != nil {
		if refusal, denied := s.options.Deny(r.Method, r.URL.Path); denied {
			refuse(w, refusal)
			return
		}
	}
	if r.URL.Query().Get("api-version") == "" {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "MissingApiVersionParameter", Message: "The api-version query parameter (?api-version=) is required for all requests."})
		return
	}
	if m := statusPath.FindStringSubmatch(r.URL.Path); m != nil && r.Method == http.MethodGet {
		s.status(w, r, m[1])
		return
	}
	switch r.Method {
	case http.MethodGet:
		kept := s.resources[strings.ToLower(r.URL.Path)]
		if kept == nil {
			refuse(w, Refusal{Status: http.StatusNotFound, Code: "ResourceNotFound", Message: "The Resource '" + r.URL.Path + "' was not found."})
			return
		}
		write(w, http.StatusOK, kept.body)
		for _, op := range s.operations {
			if op.of == kept {
				s.goOn(op)
			}
		}
	case http.MethodPut:
		s.put(w, r)
	default:
		refuse(w, Refusal{Status: http.StatusMethodNotAllowed, Code: "HttpMethodNotAllowed", Message: r.Method + " is not simulated here."})
	}
}

// signedIn: clients ask for tokens under either name of Resource Manager.
func (s *Shelf) signedIn(r *http.Request) bool {
	if s.options.Tokens == nil {
		return true
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, audience := range []string{"https://management.azure.com", "https://management.core.windows.net"} {
		if ok && s.options.Tokens.Check(token, audience) == nil {
			return true
		}
	}
	return false
}

func (s *Shelf) put(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Location   string
		Properties map[string]any
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || json.Unmarshal(raw, &asked) != nil {
		refuse(w, Refusal{Status: http.StatusBadRequest, Code: "InvalidRequestContent", Message: "The request content was invalid and could not be deserialized."})
		return
	}
	id := r.URL.Path
	s.puts = append(s.puts, id)
	switch {
	case appServiceID.MatchString(id):
		s.putAppService(w, id, asked.Location, asked.Properties)
	case containerID.MatchString(id):
		s.putContainer(w, id, containerID.FindStringSubmatch(id)[1], asked.Location, asked.Properties)
	case signalRID.MatchString(id):
		s.putSignalR(w, id, signalRID.FindStringSubmatch(id)[1], asked.Properties)
	case frontDoorID.MatchString(id):
		s.putFrontDoor(w, id, frontDoorID.FindStringSubmatch(id)[1], asked.Properties)
	default:
		refuse(w, Refusal{Status: http.StatusNotFound, Code: "InvalidResourceType", Message: "The resource type could not be found: " + id})
	}
}

// keep stores a resource under an id whose letter case the service chooses.
func (s *Shelf) keep(asked, id, kind, location string, properties map[string]any) *resource {
	body := map[string]any{"id": id, "name": id[strings.LastIndex(id, "/")+1:], "type": kind, "properties": properties}
	if location != "" {
		body["location"] = location
	}
	kept := &resource{id: id, body: body}
	s.resources[strings.ToLower(asked)] = kept
	return kept
}

// leaf is the certificate in a secret of the vault.
func (s *Shelf) leaf(kind, secretID string) (*x509.Certificate, error) {
	value, contentType, err := s.options.Secrets.ReadSecret(context.Background(), secretID)
	if err != nil {
		return nil, err
	}
	b, err := bundle.Parse(value, contentType)
	if err != nil {
		return nil, err
	}
	if s.options.Read != nil {
		s.options.Read(kind, secretID)
	}
	return b.Leaf()
}

func thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

func refuse(w http.ResponseWriter, r Refusal) {
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", fmt.Sprint(int(r.RetryAfter.Seconds())))
	}
	write(w, r.Status, map[string]any{"error": map[string]any{"code": r.Code, "message": r.Message}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func guid() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func merged(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
