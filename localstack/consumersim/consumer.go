// Package consumersim plays whoever serves certificates of a vault beside the gateway: it
// reads a certificate's secret when it is told to, or again and again, and serves it by
// the name that a client asks for.
package consumersim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"certgate/localstack/vaultsim/bundle"
)

// Secrets reads the secret of a certificate; *vaultsim.Server does.
type Secrets interface {
	ReadSecret(ctx context.Context, id string) (value, contentType string, err error)
}

// Order puts the certificates of a bundle into the order in which they are served.
type Order func(b bundle.Bundle) ([]*x509.Certificate, error)

// LeafFirst is how servers that sort serve them.
func LeafFirst(b bundle.Bundle) ([]*x509.Certificate, error) { return b.LeafFirst() }

// Server serves certificates over TLS on loopback.
type Server struct {
	listener net.Listener
	server   *http.Server
	order    Order

	mu     sync.Mutex
	shown  map[string]*tls.Certificate // by secret id
	served []string                    // ids in the order of their first reading
}

// Start starts a server that has no certificate yet.
func Start(order Order) (*Server, error) {
	s := &Server{order: order, shown: map[string]*tls.Certificate{}}
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.listener = tls.NewListener(inner, &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: s.certificate})
	s.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "served") }),
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(nowhere{}, "", 0),
	}
	go func() { _ = s.server.Serve(s.listener) }() // ends with Close
	return s, nil
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// Address is where it listens, host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Close ends it.
func (s *Server) Close() error { return s.server.Close() }

// errKey is how ingress controllers refuse a pair whose key is another certificate's.
var errKey = errors.New("the key does not fit the first certificate")

// Pull reads a certificate's secret and serves it from now on. What cannot be served
// leaves what was served before.
func (s *Server) Pull(ctx context.Context, from Secrets, id string) error {
	value, contentType, err := from.ReadSecret(ctx, id)
	if err != nil {
		return err
	}
	b, err := bundle.Parse(value, contentType)
	if err != nil {
		return err
	}
	chain, err := s.order(b)
	if err != nil {
		return err
	}
	if bundle.Find(chain[:1], b.Key.Public()) != 0 {
		return errKey
	}
	out := &tls.Certificate{PrivateKey: b.Key, Leaf: chain[0]}
	for _, c := range chain {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.served, id) {
		s.served = append(s.served, id)
	}
	s.shown[id] = out
	return nil
}

// PullEvery pulls again and again until the context ends. A secret that is not there yet
// is no error.
func (s *Server) PullEvery(ctx context.Context, pause time.Duration, from Secrets, id string) {
	for {
		_ = s.Pull(ctx, from, id)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// certificate is the one for a name; without one the handshake ends with the alert
// unrecognized_name.
func (s *Server) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.served {
		if s.shown[id].Leaf.VerifyHostname(hello.ServerName) == nil {
			return s.shown[id], nil
		}
	}
	return nil, nil // the standard library says so
}
