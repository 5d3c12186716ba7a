// Package fault lets the services of the local stack go wrong on purpose, request
// by request. The simulators refuse what the services would refuse; a network that
// loses answers, a service that is throttled or away for a minute are made here.
//
//	client ──▶ Door: Hook says what goes wrong ──▶ service
//
// Storage, Key Vault, Resource Manager and the CA have such a door each. How a
// refusal of a service looks is known to the package of its door: storagedoor,
// azurefault, faultca.
package fault

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"certgate/localstack/pause"
)

// Fault is what goes wrong with one request. The zero Fault lets it pass.
type Fault struct {
	// Delay comes first; it ends early if the client goes away.
	Delay time.Duration
	// Drop breaks the connection; the service is not asked.
	Drop bool
	// DropAnswer breaks the connection after the service has acted: the client
	// cannot know.
	DropAnswer bool
	// Status, if not 0, is answered in the service's place, with its error
	// document.
	Status int
	// Code is the error code that goes with Status; "" is the service's usual one.
	Code string
	// Detail is the sentence of the error document; "" is a neutral one.
	Detail string
	// RetryAfter is sent with Status in whole seconds, rounded up; 0 sends no header.
	RetryAfter time.Duration
}

// Message is the sentence of the error document.
func (f Fault) Message() string {
	if f.Detail != "" {
		return f.Detail
	}
	return "The request was refused on purpose."
}

// SetRetryAfter writes the header, if there is to be one.
func (f Fault) SetRetryAfter(h http.Header) {
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
}

// Hook decides what goes wrong with a request to the named service. It runs on the
// request's own goroutine, several at a time.
type Hook func(service string, r *http.Request) Fault

// Refuse writes the error document of a service for a Fault with a Status.
type Refuse func(w http.ResponseWriter, service string, f Fault)

// Door asks a hook about each request. The zero Door has none and changes nothing.
// It is safe for concurrent use.
type Door struct {
	hook atomic.Pointer[Hook]
}

// SetHook replaces the hook from the next request on; nil takes it away. Requests
// that are delayed already stay so.
func (d *Door) SetHook(h Hook) { d.hook.Store(&h) }

// Wrap puts the door before the named service.
func (d *Door) Wrap(service string, refuse Refuse) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f := d.ask(service, r)
			if pause.For(r.Context(), f.Delay) != nil {
				return // the client went away
			}
			switch {
			case f.Drop:
				panic(http.ErrAbortHandler)
			case f.Status != 0:
				refuse(w, service, f)
			case f.DropAnswer:
				next.ServeHTTP(unheard{http.Header{}}, r)
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

// unheard takes an answer that goes nowhere. Over HTTP/1.1 the abort that
// follows closes the connection, over HTTP/2 it resets the stream: other requests
// on that connection are other faults.
type unheard struct{ header http.Header }

func (u unheard) Header() http.Header       { return u.header }
func (unheard) Write(b []byte) (int, error) { return len(b), nil }
func (unheard) WriteHeader(int)             {}
