// Package faultca is the door of package fault before Pebble, with a plan. Pebble
// has no rate limits, never loses an answer and takes any number of replacement
// orders; authorities on the internet do otherwise.
//
//	client ──▶ edge ──▶ Proxy: plan of faults, Boulder's rule for "replaces", one at a time ──▶ Pebble
//
// A Proxy without a plan changes nothing that a client sees.
package faultca

import (
	"net/http"
	"slices"
	"sync"

	"certgate/localstack/fault"
)

// Service is the CA's name in hooks.
const Service = "ca"

// Proxy is an edge.Middleware with a plan. It is safe for concurrent use.
type Proxy struct {
	door         fault.Door // its hook is take
	replacements replacements
	turn         turn

	mu    sync.Mutex
	plan  []*Armed
	calls map[Endpoint]int
	hook  fault.Hook
}

// New makes a Proxy without a plan.
func New() *Proxy {
	p := &Proxy{calls: map[Endpoint]int{}, replacements: replacements{last: map[string]*replacement{}}, turn: newTurn()}
	p.door.SetHook(p.take)
	return p
}

// Arm adds a fault to the plan. Of several that apply to one request the one
// that was armed first hits.
func (p *Proxy) Arm(f Planned) *Armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &Armed{proxy: p, planned: f}
	p.plan = append(p.plan, a)
	return a
}

// SetHook sets what decides on requests that no fault of the plan hits, from the
// next request on; nil takes it away.
func (p *Proxy) SetHook(h fault.Hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = h
}

// Clear takes the whole plan away. The rule for replaces stays.
func (p *Proxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.plan {
		a.planned.Times = -1
	}
	p.plan = nil
}

// RefuseReplacements switches Boulder's rule on or off: a certificate that has a
// replacement order which is not invalid gets no second one.
func (p *Proxy) RefuseReplacements(on bool) { p.replacements.strict.Store(on) }

// Calls is how many requests an endpoint has had, those that were hit included;
// "" counts all.
func (p *Proxy) Calls(at Endpoint) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at != "" {
		return p.calls[at]
	}
	total := 0
	for _, n := range p.calls {
		total += n
	}
	return total
}

// Wrap is an edge.Middleware.
func (p *Proxy) Wrap(ca http.Handler) http.Handler {
	return p.door.Wrap(Service, refuse)(p.replacements.guard(p.turn.guard(ca)))
}

// take counts the request and finds the fault that hits it: of the plan, else of
// the hook, which is asked outside the lock because it may take its time.
func (p *Proxy) take(service string, r *http.Request) fault.Fault {
	at := EndpointOf(r)
	replacing := at == NewOrder && orderOf(r).Replaces != ""
	p.mu.Lock()
	p.calls[at]++
	i := slices.IndexFunc(p.plan, func(a *Armed) bool { return a.hit(at, replacing) })
	if i >= 0 {
		defer p.mu.Unlock()
		return p.plan[i].planned.Fault
	}
	hook := p.hook
	p.mu.Unlock()
	if hook == nil {
		return fault.Fault{}
	}
	return hook(service, r)
}
