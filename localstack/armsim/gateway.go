package armsim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// gateway is an Application Gateway as ARM keeps it.
type gateway struct {
	ID       string            `json:"id"`
	Document object            `json:"document"` // the goal, as GET shows it: without uploaded keys
	Uploads  map[string]upload `json:"uploads,omitempty"`
	Applied  json.RawMessage   `json:"applied,omitempty"` // what last succeeded, with uploaded keys
	Stopped  bool              `json:"stopped,omitempty"`
	lastPut  time.Time
	current  *operation // in progress, or nil
}

func (g *gateway) etag() string {
	etag, _ := g.Document["etag"].(string)
	return etag
}

// restamp gives the document a new version in the given state.
func (g *gateway) restamp(state string) {
	stamp(g.Document, g.ID, newETag(), state)
}

// change is what subscribers hear of the gateway's present state.
func (g *gateway) change() Change {
	return Change{GatewayID: g.ID, Document: g.Applied, Running: !g.Stopped}
}

func (g *gateway) setOperational(state string) { properties(g.Document)["operationalState"] = state }

// AddGateway puts a gateway there at once, without operation: the first state
// of a stack or a test. The document is checked as a PUT's.
func (s *Server) AddGateway(resourceGroup, name string, document json.RawMessage) (id string, err error) {
	body, err := decode(document)
	if err != nil {
		return "", fmt.Errorf("add gateway %s: %w", name, err)
	}
	id = gatewayID(s.options.Subscription, resourceGroup, name)
	err = s.publish(func() (*gateway, error) {
		goal, err := s.admit(id, body, nil)
		if err != nil {
			return nil, err
		}
		g := &gateway{ID: id, Document: goal.doc, Uploads: goal.uploads}
		g.setOperational("Running")
		showUploads(g.Document, g.Uploads)
		g.restamp(stateSucceeded)
		if g.Applied, err = applied(g.Document, g.Uploads); err != nil {
			return nil, err
		}
		s.gateways[target{id: id}.key()] = g
		return g, nil
	})
	if err != nil {
		return "", fmt.Errorf("add gateway %s: %w", name, err)
	}
	return id, nil
}

// Document is the gateway as GET shows it; false if there is none.
func (s *Server) Document(id string) (json.RawMessage, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[strings.ToLower(id)]
	if g == nil {
		return nil, false
	}
	return render(g.Document, gatewayOrder), true
}

// Stop stops a gateway, as its owner does to save money. A PUT starts it again.
func (s *Server) Stop(id string) error {
	return s.publish(func() (*gateway, error) {
		g := s.gateways[strings.ToLower(id)]
		if g == nil {
			return nil, fmt.Errorf("stop gateway %s: not there", id)
		}
		g.Stopped = true
		g.setOperational("Stopped")
		return g, nil
	})
}

func gatewayID(subscription, group, name string) string {
	return "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/" + typeGateway + "/" + name
}

func (s *Server) getGateway(t target) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gateways[t.key()]
	if g == nil {
		return reply{}, s.missing(t, typeGateway)
	}
	// The ETag stands in a header too, but only here: no reply to a write has it.
	return reply{status: http.StatusOK, header: http.Header{"Etag": {g.etag()}}, body: g.shown(t.version)}, nil
}

// shown is the document as a client of that version sees it.
func (g *gateway) shown(version apiVersion) json.RawMessage {
	doc := clone(g.Document)
	hide(doc, version)
	return render(doc, gatewayOrder)
}

// patchTags changes the tags and nothing else. It is done at once, and like
// every change it makes the gateway look into the vault again.
func (s *Server) patchTags(_ *http.Request, t target, body object) (reply, error) {
	tags, ok := body["tags"].(object)
	if !ok || len(body) != 1 {
		return reply{}, badRequest("InvalidRequestContent", "Only tags can be changed with PATCH.")
	}
	var answer reply
	err := s.publish(func() (*gateway, error) {
		g := s.gateways[t.key()]
		if g == nil {
			return nil, s.missing(t, typeGateway)
		}
		state, _ := properties(g.Document)["provisioningState"].(string)
		g.Document["tags"] = tags
		g.restamp(state)
		answer = reply{status: http.StatusOK, body: g.shown(t.version)}
		return g, nil
	})
	return answer, err
}
