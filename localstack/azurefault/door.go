// Package azurefault stands before Key Vault and Resource Manager and goes wrong
// on purpose, request by request. The simulators refuse what the services would
// refuse; a network that loses answers, a throttled vault and a management plane
// that is away for a minute are made here.
//
//	client ──▶ edge ──▶ Door: Hook says what goes wrong ──▶ vaultsim, armsim
//
// It is to these services what storagedoor is to storage and faultca to the CA.
package azurefault

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Door asks a hook about each request. The zero Door has none and changes
// nothing. It is safe for concurrent use.
type Door struct {
	hook atomic.Pointer[Hook]
}

// SetHook replaces the hook from the next request on; nil takes it away.
// Requests that are delayed already stay so.
func (d *Door) SetHook(h Hook) { d.hook.Store(&h) }

// Wrap is an edge.Middleware for the named service.
func (d *Door) Wrap(service string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fault := d.ask(service, r)
			if !pause(r, fault.Delay) {
				return
			}
			switch {
			case fault.Drop:
				panic(http.ErrAbortHandler)
			case fault.Status != 0:
				fault.answer(w, service)
			case fault.DropAnswer:
				next.ServeHTTP(unheard{}, r)
				panic(http.ErrAbortHandler)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

func (d *Door) ask(service string, r *http.Request) Fault {
	if hook := d.hook.Load(); hook != nil && *hook != nil {
		return (*hook)(service, r)
	}
	return Fault{}
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

// unheard takes an answer that nobody will get. Over HTTP/1.1 the abort that
// follows closes the connection, over HTTP/2 it resets the stream: other requests
// on that connection are other faults.
type unheard struct{}

func (unheard) Header() http.Header         { return http.Header{} }
func (unheard) Write(b []byte) (int, error) { return len(b), nil }
func (unheard) WriteHeader(int)             {}
