package faultca

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"certgate/localstack/fault"
)

// Planned is a fault of a plan and the requests that it hits.
type Planned struct {
	// At is the endpoint; "" is every endpoint.
	At Endpoint
	// Replacing narrows it to new orders that name a certificate which they
	// replace (RFC 9773 section 5).
	Replacing bool
	// Skip lets this many such requests pass first.
	Skip int
	// Times is how many requests it hits; 0 is all until it is taken away.
	Times int
	// Fault is what goes wrong. Its Code is the problem type below
	// urn:ietf:params:acme:error:, such as "rateLimited"; without one a Status is the
	// HTML page of a load balancer.
	fault.Fault
}

// Limited is the refusal of Boulder for a rate limit that ends by itself.
func Limited(at Endpoint, times int, retryAfter time.Duration) Planned {
	return Planned{At: at, Times: times, Fault: fault.Fault{Status: http.StatusTooManyRequests, Code: "rateLimited",
		Detail: "too many new orders recently", RetryAfter: retryAfter}}
}

// Busy is the answer of a load balancer in front of the CA.
func Busy(at Endpoint, times int, retryAfter time.Duration) Planned {
	return Planned{At: at, Times: times, Fault: fault.Fault{Status: http.StatusServiceUnavailable, RetryAfter: retryAfter}}
}

// Armed is a fault of a plan that counts.
type Armed struct {
	proxy   *Proxy
	planned Planned
	seen    int // requests that it was about
	hits    int
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
	a.planned.Times = -1
}

// hit reports whether the fault applies to a request, and counts. mu is held.
func (a *Armed) hit(at Endpoint, replacing bool) bool {
	p := a.planned
	if p.Times < 0 || p.At != "" && p.At != at || p.Replacing && !replacing || p.Times > 0 && a.hits >= p.Times {
		return false
	}
	if a.seen++; a.seen <= p.Skip {
		return false
	}
	a.hits++
	return true
}

const htmlPage = "<html>\r\n<head><title>%d %[2]s</title></head>\r\n<body>\r\n<center><h1>%[1]d %[2]s</h1></center>\r\n</body>\r\n</html>\r\n"

// refuse writes the reply that stands in for the CA's. It has no Replay-Nonce, as
// replies from before the CA have none.
func refuse(w http.ResponseWriter, _ string, f fault.Fault) {
	f.SetRetryAfter(w.Header())
	if f.Code == "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, htmlPage, f.Status, http.StatusText(f.Status))
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	json.NewEncoder(w).Encode(map[string]any{"type": errorURN + f.Code, "detail": f.Message(), "status": f.Status}) // the client is gone if this fails
}

const errorURN = "urn:ietf:params:acme:error:"
