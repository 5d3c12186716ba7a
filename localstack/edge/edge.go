package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"certgate/localstack/localca"
	"certgate/localstack/loopback"
)

// Middleware wraps the handler of a host, to count its requests or to inject
// faults. A middleware that panics with http.ErrAbortHandler cuts the answer
// off, as a network would.
type Middleware func(http.Handler) http.Handler

// Route gives a host to a handler.
type Route struct {
	// Host is a name, or "*." and a domain for every name below it. An exact
	// name wins over a pattern, the longer pattern over the shorter.
	Host    string
	Handler http.Handler
	// Middleware wraps Handler, the first one outermost.
	Middleware []Middleware
}

// Config is what an edge needs.
type Config struct {
	Authority *localca.Authority
	Routes    []Route
	// Port to listen on at 127.0.0.1; 0 picks a free one.
	Port int
	// Also are further loopback addresses that the same port is open at: by the address
	// at which clients came a middleware tells them apart (loopback.Of).
	Also []string
	// Log gets refused hosts and failed handshakes; nil is slog.Default.
	Log *slog.Logger
}

// Edge is a running proxy.
type Edge struct {
	table     table
	authority *localca.Authority
	log       *slog.Logger
	address   string
	proxy     *http.Server // speaks CONNECT
	origin    *http.Server // speaks TLS inside the tunnels, as the hosts
	tunnels   *tunnelListener
}

// Start listens and serves until Close.
func Start(c Config) (*Edge, error) {
	routes, err := newTable(c.Routes)
	if err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(c.Port)))
	if err != nil {
		return nil, fmt.Errorf("start edge: %w", err)
	}
	further, err := loopback.ListenAt(c.Also, listener)
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("start edge: %w", err)
	}
	e := &Edge{
		table: routes, authority: c.Authority, log: c.Log,
		address: listener.Addr().String(),
		tunnels: newTunnelListener(listener.Addr()),
	}
	if e.log == nil {
		e.log = slog.Default()
	}
	errorLog := slog.NewLogLogger(e.log.With("from", "edge").Handler(), slog.LevelDebug)
	e.proxy = &http.Server{
		Handler:           http.HandlerFunc(e.connect),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          errorLog,
	}
	// No timeouts: a client keeps its connections as long as it would on the
	// internet, and a handler that is slow on purpose is left alone.
	e.origin = &http.Server{
		Handler:     http.HandlerFunc(e.serve),
		TLSConfig:   e.tlsConfig(),
		ConnContext: rememberHost,
		ErrorLog:    errorLog,
	}
	go e.run("proxy", func() error { return e.proxy.Serve(listener) })
	for _, l := range further {
		go e.run("proxy", func() error { return e.proxy.Serve(l) })
	}
	go e.run("origin", func() error { return e.origin.ServeTLS(e.tunnels, "", "") })
	return e, nil
}

func (e *Edge) run(part string, serve func() error) {
	if err := serve(); !errors.Is(err, http.ErrServerClosed) {
		e.log.Error("edge stopped serving", "part", part, "error", err)
	}
}

// URL is the value for HTTPS_PROXY.
func (e *Edge) URL() string { return "http://" + e.address }

// URLAt is URL at one of Config.Also.
func (e *Edge) URLAt(address string) string {
	_, port, _ := net.SplitHostPort(e.address) // of a listener: it has one
	return "http://" + net.JoinHostPort(address, port)
}

// Close ends all connections, those in use too.
func (e *Edge) Close() error {
	return errors.Join(e.proxy.Close(), e.origin.Close())
}

// serve answers a request that came through a tunnel. The tunnel's host decides,
// as the address does on the internet, not the Host header.
func (e *Edge) serve(w http.ResponseWriter, r *http.Request) {
	handler, ok := e.table.find(hostOf(r.Context()))
	if !ok { // connect has looked already: the table does not change
		http.Error(w, "edge: no route", http.StatusBadGateway)
		return
	}
	handler.ServeHTTP(w, r)
}

type hostKey struct{}

func hostOf(ctx context.Context) string {
	host, _ := ctx.Value(hostKey{}).(string)
	return host
}
