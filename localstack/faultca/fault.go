package faultca

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Fault is what goes wrong with some requests. A Fault with neither Status nor
// DropRequest reaches the CA; one without any of its effects changes nothing and
// only counts.
type Fault struct {
	// At is the endpoint; "" is every endpoint.
	At Endpoint
	// Replacing narrows it to new orders that name a certificate which they
	// replace (RFC 9773 section 5).
	Replacing bool
	// Skip lets this many such requests pass first.
	Skip int
	// Times is how many requests it hits; 0 is all until it is taken away.
	Times int

	// Delay comes first; it ends early if the client goes away.
	Delay time.Duration
	// Status, if not 0, is answered in the CA's place: it is not asked.
	Status int
	// Type is the problem type below urn:ietf:params:acme:error:, such as
	// "rateLimited". Without one the answer is the HTML page of a load balancer.
	Type string
	// Detail is the problem's sentence; "" is a neutral one.
	Detail string
	// RetryAfter is sent with Status as it stands: seconds or a date (RFC 9110
	// section 10.2.3); "" sends no header.
	RetryAfter string
	// DropRequest breaks the connection before the CA is asked.
	DropRequest bool
	// DropAnswer breaks it after the CA has acted: the client cannot know.
	DropAnswer bool
}

// Limited is the refusal of Boulder for a rate limit that ends by itself.
func Limited(at Endpoint, times int, retryAfter string) Fault {
	return Fault{At: at, Times: times, Status: http.StatusTooManyRequests, Type: "rateLimited", RetryAfter: retryAfter,
		Detail: "too many new orders recently"}
}

// Busy is the answer of a load balancer in front of the CA.
func Busy(at Endpoint, times int, retryAfter string) Fault {
	return Fault{At: at, Times: times, Status: http.StatusServiceUnavailable, RetryAfter: retryAfter}
}

// Armed is a Fault of a plan.
type Armed struct {
	proxy *Proxy
	fault Fault
	seen  int // requests that it was about
	hits  int
}

// Hits is how many requests it has hit.
func (a *Armed) Hits() int {
	a.proxy.mu.Lock()
	defer a.proxy.mu.Unlock()
	return a.hits
}

// Disarm takes it away. Requests that it holds up are not released.
func (a *Armed) Disarm() {
	a.proxy.mu.Lock()
	defer a.proxy.mu.Unlock()
	a.fault.Times = -1
}

// hit reports whether the fault applies to a request, and counts. mu is held.
func (a *Armed) hit(at Endpoint, replacing bool) bool {
	f := a.fault
	if f.Times < 0 || f.At != "" && f.At != at || f.Replacing && !replacing || f.Times > 0 && a.hits >= f.Times {
		return false
	}
	if a.seen++; a.seen <= f.Skip {
		return false
	}
	a.hits++
	return true
}

const htmlPage = "<html>\r\n<head><title>%d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n</body>\r\n</html>\r\n"

// answer writes the reply that stands in for the CA's. It has no Replay-Nonce,
// as replies from before the CA have none.
func (f Fault) answer(w http.ResponseWriter) {
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	if f.Type == "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, htmlPage, f.Status, http.StatusText(f.Status))
		return
	}
	detail := f.Detail
	if detail == "" {
		detail = "The CA was told to refuse this."
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	json.NewEncoder(w).Encode(map[string]any{"type": errorURN + f.Type, "detail": detail, "status": f.Status}) // the client is gone if this fails
}

const errorURN = "urn:ietf:params:acme:error:"
