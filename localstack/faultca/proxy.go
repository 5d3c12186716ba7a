// Package faultca stands before Pebble and goes wrong on purpose. Pebble has no
// rate limits, never loses an answer and takes any number of replacement orders;
// authorities on the internet do otherwise.
//
//	client ──▶ edge ──▶ Proxy: plan of faults, Boulder's rule for "replaces" ──▶ Pebble
//
// A Proxy without a plan changes nothing.
package faultca

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxRequest bounds a request's body; the largest is a CSR or a certificate.
const maxRequest = 1 << 20

// Proxy is an edge.Middleware with a plan. It is safe for concurrent use.
type Proxy struct {
	mu    sync.Mutex
	plan  []*Armed
	calls map[Endpoint]int
	// strict: replaces is checked as Boulder does.
	strict       bool
	replacements replacements
	now          func() time.Time
	hook         Hook
}

// New makes a Proxy without a plan.
func New() *Proxy {
	return &Proxy{calls: map[Endpoint]int{}, replacements: replacements{}, now: time.Now}
}

// Arm adds a fault to the plan. Of several that apply to one request the one
// that was armed first hits.
func (p *Proxy) Arm(f Fault) *Armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &Armed{proxy: p, fault: f}
	p.plan = append(p.plan, a)
	return a
}

// Hook decides what goes wrong with a request that no fault of the plan hits; the
// zero Fault lets it pass. Of the fault only the effects count. It runs on the
// request's own goroutine, several at a time.
type Hook func(at Endpoint) Fault

// SetHook replaces the hook from the next request on; nil takes it away.
func (p *Proxy) SetHook(h Hook) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hook = h
}

// Clear takes the whole plan away. The rule for replaces stays.
func (p *Proxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.plan {
		a.fault.Times = -1
	}
	p.plan = nil
}

// RefuseReplacements switches Boulder's rule on or off: a certificate that has a
// replacement order which is not invalid gets no second one.
func (p *Proxy) RefuseReplacements(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strict = on
}

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
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "faultca: the request cannot be read", http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		at := endpointOf(r.URL.Path)
		wanted := orderOf(at, body)
		fault, hit := p.take(at, wanted.Replaces != "")
		if hit && !pause(r, fault.Delay) {
			return
		}
		switch {
		case hit && fault.DropRequest:
			panic(http.ErrAbortHandler)
		case hit && fault.Status != 0:
			fault.answer(w)
			return
		case at == NewOrder && p.refuses(w, wanted):
			return
		}
		answer := record(ca, r)
		p.learn(at, r, wanted, answer)
		if hit && fault.DropAnswer {
			panic(http.ErrAbortHandler)
		}
		answer.writeTo(w)
	})
}

// take counts the request and finds the fault that hits it: of the plan, else of
// the hook, which is asked outside the lock because it may take its time.
func (p *Proxy) take(at Endpoint, replacing bool) (Fault, bool) {
	p.mu.Lock()
	p.calls[at]++
	i := slices.IndexFunc(p.plan, func(a *Armed) bool { return a.hit(at, replacing) })
	if i >= 0 {
		defer p.mu.Unlock()
		return p.plan[i].fault, true
	}
	hook := p.hook
	p.mu.Unlock()
	if hook == nil {
		return Fault{}, false
	}
	return hook(at), true
}

// pause returns false if the client went away meanwhile.
func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
