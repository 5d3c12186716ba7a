// Package gatewayprobe looks at the Application Gateway from outside: it fetches
// a validation file as the certificate authority will, and opens TLS as a client
// does, before and after anything depends on it.
//
// What it connects to is decided by strangers (whoever owns a hostname owns its
// redirects), so it dials the gateway's own address and, after a redirect,
// public addresses only. The address that is checked is the address that is
// dialled: there is no second lookup in between.
package gatewayprobe

import (
	"context"
	"net"
	"net/netip"
	"time"

	"certgate/internal/issuance"
)

// DefaultTimeout bounds one probe with all its redirects; Let's Encrypt allows
// a validation request about as long.
const DefaultTimeout = 10 * time.Second

// Lookup finds the addresses of a redirect's host.
type Lookup interface {
	Addresses(ctx context.Context, hostname string) (issuance.Addresses, error)
}

// Config says where the gateway listens and how other hosts are found.
type Config struct {
	// HTTPPort and HTTPSPort are the gateway's real ports behind the public 80
	// and 443; 0 means those.
	HTTPPort, HTTPSPort int
	Lookup              Lookup
	// Timeout bounds one probe; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Prober is an issuance.Probe that holds no state between calls.
type Prober struct {
	httpPort, httpsPort uint16
	lookup              Lookup
	timeout             time.Duration
	dial                func(ctx context.Context, network, address string) (net.Conn, error)
}

var _ issuance.Probe = (*Prober)(nil)

// New makes a Prober.
func New(c Config) *Prober {
	p := &Prober{httpPort: 80, httpsPort: 443, lookup: c.Lookup, timeout: DefaultTimeout, dial: new(net.Dialer).DialContext}
	if c.HTTPPort != 0 {
		p.httpPort = uint16(c.HTTPPort)
	}
	if c.HTTPSPort != 0 {
		p.httpsPort = uint16(c.HTTPSPort)
	}
	if c.Timeout != 0 {
		p.timeout = c.Timeout
	}
	return p
}

// dialTo connects to one fixed address, whatever the transport asks for.
func (p *Prober) dialTo(addr netip.AddrPort) func(ctx context.Context, network, _ string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) { return p.dial(ctx, "tcp", addr.String()) }
}
