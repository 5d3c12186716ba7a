package gatewaysim

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"
)

// port is an open frontend port.
type port struct {
	https    bool
	server   *http.Server
	listener net.Listener
}

// close drops the connections too, as a listener that is removed does. Errors
// are of connections that are gone anyway.
func (p *port) close() { _ = errors.Join(p.server.Close(), p.listener.Close()) }

// listen opens the ports that have sites and closes those that have none any
// more; the others stay as they are. mu is held.
func (g *Gateway) listen(s *sites) error {
	for number, p := range g.ports {
		if want := s.ports[number]; want == nil || want.https != p.https {
			p.close()
			delete(g.ports, number)
		}
	}
	var problems []error
	for number, want := range s.ports {
		if g.ports[number] != nil {
			continue
		}
		p, err := g.open(number, want.https)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		g.ports[number] = p
	}
	return errors.Join(problems...)
}

func (g *Gateway) open(number int, https bool) (*port, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(g.options.Bind, strconv.Itoa(number)))
	if err != nil {
		return nil, fmt.Errorf("open frontend port %d: %w", number, err)
	}
	p := &port{https: https, listener: l, server: &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.serve(w, r, number) }),
		ReadHeaderTimeout: 20 * time.Second,
		IdleTimeout:       time.Minute,
		ErrorLog:          log.New(io.Discard, "", 0), // failed handshakes are part of the game
		TLSConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return g.customPolicy(number), nil },
			GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
				return g.certificateFor(number, hello.ServerName), nil
			},
			// A resumed session would show the certificate of the first one.
			SessionTicketsDisabled: true,
		},
	}}
	g.done.Go(func() {
		if https {
			_ = p.server.ServeTLS(l, "", "") // ends with ErrServerClosed
		} else {
			_ = p.server.Serve(l)
		}
	})
	return p, nil
}

// certificateFor chooses by SNI. Without SNI, or for a name that no listener has,
// the first HTTPS listener's certificate is served, in rule order. nil makes the
// handshake fail with the alert unrecognized_name: the listener of the name is
// disabled, because its certificate cannot be used.
func (g *Gateway) certificateFor(number int, serverName string) *tls.Certificate {
	p := g.sites.Load().ports[number]
	if p == nil || !p.https {
		return nil
	}
	if serverName != "" {
		if site := p.match(serverName); site != nil {
			return g.certs.get(site.certificate)
		}
	}
	for _, site := range p.sites {
		if cert := g.certs.get(site.certificate); cert != nil {
			return cert
		}
	}
	return nil
}
