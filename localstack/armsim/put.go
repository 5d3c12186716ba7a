package armsim

import (
	"net/http"
	"strings"
)

const (
	stateUpdating  = "Updating"
	stateSucceeded = "Succeeded"
	stateFailed    = "Failed"
)

// putGateway takes a whole document as the new goal and starts an operation
// for it. An operation that still runs for the gateway is cancelled.
func (s *Server) putGateway(r *http.Request, t target, body object) (reply, error) {
	if err := s.permitLinks(t.id, body); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[t.key()]
	if err := precondition(t.id, g, r.Header.Get("If-Match")); err != nil && !s.options.IgnoreIfMatch {
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
		operational = "Stopped" // until it has been created
	} else if g.Stopped {
		operational = "Starting" // a PUT starts a stopped gateway, wanted or not
	}
	g.Document, g.Uploads, g.lastPut = goal.doc, goal.uploads, now
	g.setOperational(operational)
	g.restamp(stateUpdating)
	op := s.start(g, signedQuery(t.version, now))
	header := http.Header{}
	header.Set(headerAsync, s.operationURL(r, g, op))
	header.Set(headerAsyncNotify, "Enabled")
	s.options.RetryAfter.ask(header, 0)
	return reply{status: status, header: header, body: g.shown(t.version)}, nil
}

// precondition compares versions. A bare value is taken for a weak version, as
// the service's own sentence shows it.
func precondition(id string, g *gateway, ifMatch string) error {
	if ifMatch != "" && ifMatch != "*" && !strings.HasPrefix(ifMatch, "W/") {
		ifMatch = `W/"` + strings.Trim(ifMatch, `"`) + `"`
	}
	if ifMatch == "" || g != nil && (ifMatch == "*" || ifMatch == g.etag()) {
		return nil
	}
	have := "none"
	if g != nil {
		have = g.etag()
	}
	return Refusal{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed", Message: "Precondition failed.",
		Details: []Detail{{"PreconditionFailedEtagMismatch", "Etag provided in if-match header " + ifMatch + " does not match etag " + have + " of resource " + id + " in NRP data store."}}}
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
