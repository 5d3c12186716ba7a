package armsim

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

const (
	stateUpdating  = "Updating"
	stateSucceeded = "Succeeded"
	stateFailed    = "Failed"

	headerAsync = "Azure-AsyncOperation"
)

// putGateway takes a whole document as the new goal and starts an operation
// for it. An operation that still runs for the gateway is cancelled.
func (s *Server) putGateway(r *http.Request, t target, body object) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[t.key()]
	if err := precondition(g, r.Header.Get("If-Match")); err != nil {
		return reply{}, err
	}
	now := s.options.Now()
	if g != nil && s.options.Collision > 0 && now.Sub(g.lastPut) < s.options.Collision {
		return reply{}, Refusal{Status: http.StatusTooManyRequests, Code: "RetryableError", Message: "A retryable error occurred.",
			Details: []Detail{{"ReferencedResourceNotProvisioned", "Cannot proceed with operation because another operation on the resource is being started."}}}
	}
	status, id := http.StatusCreated, t.id
	var old map[string]upload
	if g != nil {
		status, id, old = http.StatusOK, g.ID, g.Uploads
	}
	goal, err := s.admit(id, body, old)
	if err != nil {
		return reply{}, err
	}
	if s.ctx.Err() != nil {
		return reply{}, Refusal{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The simulator is closing."}
	}
	operational := "Running"
	if g == nil {
		g = &gateway{ID: id}
		s.gateways[t.key()] = g
	} else if g.Stopped {
		operational = "Starting" // a PUT starts a stopped gateway, wanted or not
	}
	g.Document, g.Uploads, g.lastPut = goal.doc, goal.uploads, now
	g.setOperational(operational)
	g.restamp(stateUpdating)
	op := s.start(g)
	header := map[string]string{headerAsync: s.operationURL(r, g, op)}
	s.addRetryAfter(header)
	return reply{status: status, header: header, body: clone(g.Document)}, nil
}

func precondition(g *gateway, ifMatch string) error {
	if ifMatch == "" || g != nil && (ifMatch == "*" || ifMatch == g.etag()) {
		return nil
	}
	have := "none"
	if g != nil {
		have = g.etag()
	}
	return Refusal{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: "Precondition failed.",
		Details: []Detail{{"PreconditionFailedEtagMismatch", "Etag provided in if-match header " + ifMatch + " does not match etag " + have + " of resource in NRP database."}}}
}

// goal is a document that was admitted, its keys apart.
type goal struct {
	doc     object
	uploads map[string]upload
}

// admit turns a request body into a document, or refuses it.
func (s *Server) admit(id string, body object, old map[string]upload) (goal, error) {
	doc := clone(body)
	if location, _ := doc["location"].(string); location == "" {
		return goal{}, badRequest("LocationRequired", "The location property is required for this definition.")
	}
	if err := checkNames(properties(doc)); err != nil {
		return goal{}, err
	}
	dropBackReferences(properties(doc))
	uploads, err := takeUploads(doc, old)
	if err != nil {
		return goal{}, err
	}
	stamp(doc, id, "", stateUpdating)
	if err := s.checkReferences(doc, id); err != nil {
		return goal{}, err
	}
	v, err := view(doc)
	if err != nil {
		return goal{}, badRequest("InvalidRequestFormat", "Cannot parse the request: %v", err)
	}
	for _, check := range checks {
		if err := check(v); err != nil {
			return goal{}, err
		}
	}
	return goal{doc: doc, uploads: uploads}, nil
}

// operationURL is where the client polls. It is https, as the service's are,
// unless the client reached this server itself without TLS.
func (s *Server) operationURL(r *http.Request, g *gateway, op *operation) string {
	scheme := "https"
	if host, _, err := net.SplitHostPort(r.Host); err == nil && r.TLS == nil {
		if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() {
			scheme = "http"
		}
	}
	location, _ := g.Document["location"].(string)
	u := url.URL{Scheme: scheme, Host: r.Host,
		Path:     "/subscriptions/" + s.options.Subscription + "/providers/Microsoft.Network/locations/" + location + "/operations/" + op.ID,
		RawQuery: url.Values{"api-version": {r.URL.Query().Get("api-version")}}.Encode()}
	return u.String()
}

// operationID is the inverse: the last part of the path.
func operationID(async string) string {
	path, _, _ := strings.Cut(async, "?")
	return path[strings.LastIndexByte(path, '/')+1:]
}
