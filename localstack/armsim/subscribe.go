package armsim

import (
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// Change is what a gateway shall serve from now on.
type Change struct {
	GatewayID string
	// Document is the whole gateway with uploaded keys, as it last succeeded.
	Document json.RawMessage
	// Running is false for a stopped gateway.
	Running bool
}

// Subscribe calls fn for every gateway that is there, and then on every change
// that took effect: an operation that succeeded, new tags, a stop. Calls come
// one after the other; ARM answers "Succeeded" when they have returned.
func (s *Server) Subscribe(fn func(Change)) (unsubscribe func()) {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.mu.Lock()
	key := s.nextKey
	s.nextKey++
	s.listeners[key] = fn
	var now []Change
	for _, id := range slices.Sorted(maps.Keys(s.gateways)) {
		if g := s.gateways[id]; g.Applied != nil {
			now = append(now, g.change())
		}
	}
	s.mu.Unlock()
	for _, c := range now {
		fn(c)
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, key)
	}
}

// publish makes a change to a gateway and tells the subscribers, in the order
// in which they came, unless the change is refused or there is nothing to serve.
func (s *Server) publish(change func() (*gateway, error)) error {
	s.publishing.Lock()
	defer s.publishing.Unlock()
	s.mu.Lock()
	g, err := change()
	if err != nil || g.Applied == nil {
		s.mu.Unlock()
		return err
	}
	news := g.change()
	var tell []func(Change)
	for _, key := range slices.Sorted(maps.Keys(s.listeners)) {
		tell = append(tell, s.listeners[key])
	}
	s.mu.Unlock()
	for _, fn := range tell {
		fn(news)
	}
	return nil
}

// Entry is a PUT or PATCH of a gateway, refused ones included.
type Entry struct {
	At         time.Time
	Method     string
	Gateway    string // resource id, as the caller wrote it
	HTTPStatus int
	Code       string // of a refusal
	Operation  string // id, of an accepted PUT
	Outcome    string // InProgress, Succeeded, Failed or Canceled, of an accepted PUT
}

// Log lists the writes so far.
func (s *Server) Log() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.log)
	for i := range out {
		if op := s.operations[out[i].Operation]; op != nil {
			out[i].Outcome = op.Status
		}
	}
	return out
}

// Puts counts the PUTs that started an operation.
func (s *Server) Puts() int {
	n := 0
	for _, e := range s.Log() {
		if e.Operation != "" {
			n++
		}
	}
	return n
}
