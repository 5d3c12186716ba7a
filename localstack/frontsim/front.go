// Package frontsim plays an endpoint of Azure Front Door Standard or Premium that stands
// before the gateway: it takes HTTP for the domains that it knows, leads it to its origin with
// the Host header as it came, and says in X-Azure-FDID whose profile it is. TLS is left to
// package consumersim.
package frontsim

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say where the endpoint is and what is behind it.
type Options struct {
	// Address is the loopback address to listen at, HTTPPort the port behind the public 80.
	Address  string
	HTTPPort int
	// Origin is the gateway, host:port.
	Origin string
	// ID is the profile's frontDoorId.
	ID string
}

// Front is a running endpoint.
type Front struct {
	server *http.Server

	mu      sync.Mutex
	domains map[string]bool
	seen    []string
}

// Start starts an endpoint that knows no domain yet.
func Start(o Options) (*Front, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(o.Address, strconv.Itoa(o.HTTPPort)))
	if err != nil {
		return nil, fmt.Errorf("front door: %w", err)
	}
	f := &Front{domains: map[string]bool{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: o.Origin})
		r.Out.Host = r.In.Host
		r.SetXForwarded()
		r.Out.Header.Set("X-Azure-FDID", o.ID)
	}}
	f.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Azure-Ref", "local")
		if !f.takes(r) {
			http.Error(w, "The resource you are looking for is not here.", http.StatusNotFound)
			return
		}
		proxy.ServeHTTP(w, r)
	})}
	go f.server.Serve(listener) // ends with Close
	return f, nil
}

// Close ends it.
func (f *Front) Close() error { return f.server.Close() }

// AddDomain makes a hostname an approved domain of a route.
func (f *Front) AddDomain(hostname string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.domains[hostname] = true
}

// takes reports whether the hostname of a request is a domain, and notes what was asked for.
func (f *Front) takes(r *http.Request) bool {
	host, _, _ := strings.Cut(r.Host, ":")
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, host+r.URL.Path)
	return f.domains[strings.ToLower(host)]
}

// Seen are the requests so far: hostname and path.
func (f *Front) Seen() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.seen...)
}
