// Package hostdns asks public DNS what a certificate authority will ask: where
// a hostname leads through its whole chain of aliases, and which CAs its CAA
// records allow.
package hostdns

import (
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/issuance"
)

// DefaultTimeout is how long one server may take for one query, the usual value
// of stub resolvers (resolv.conf(5)).
const DefaultTimeout = 5 * time.Second

// systemFile is where the system says which servers to ask (resolv.conf(5)).
const systemFile = "/etc/resolv.conf"

// Config names the recursive servers to ask.
type Config struct {
	// Servers are asked in this order, each as host:port; the next one is asked
	// when one gives no usable answer. None means the system's.
	Servers []string
	// SystemFile replaces /etc/resolv.conf when there are no Servers.
	SystemFile string
	// AuthorityPort is where name servers listen; 0 means 53.
	AuthorityPort int
	// Timeout bounds one query to one server; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Resolver is an issuance.Resolver that holds no state between calls.
type Resolver struct {
	fixed      []string // empty: the system's
	systemFile string
	timeout    time.Duration
	// authorityPort is where name servers listen.
	authorityPort uint16
}

var _ issuance.Resolver = (*Resolver)(nil)

// New makes a Resolver. It fails on a server that is not host:port.
func New(c Config) (*Resolver, error) {
	for _, server := range c.Servers {
		if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("DNS server %q is not host:port", server)
		}
	}
	r := &Resolver{fixed: append([]string(nil), c.Servers...), systemFile: systemFile, timeout: DefaultTimeout, authorityPort: 53}
	if c.SystemFile != "" {
		r.systemFile = c.SystemFile
	}
	if c.AuthorityPort != 0 {
		r.authorityPort = uint16(c.AuthorityPort)
	}
	if c.Timeout != 0 {
		r.timeout = c.Timeout
	}
	return r, nil
}

// servers are the ones to ask now. The system's are read for every question: the
// file is small, and the platform may change it while the app runs.
func (r *Resolver) servers() ([]string, error) {
	if len(r.fixed) > 0 {
		return r.fixed, nil
	}
	system, err := dns.ClientConfigFromFile(r.systemFile)
	if err != nil {
		return nil, fmt.Errorf("read the system's DNS servers: %w", err)
	}
	if len(system.Servers) == 0 {
		return nil, fmt.Errorf("read the system's DNS servers: %s names none", r.systemFile)
	}
	list := make([]string, 0, len(system.Servers))
	for _, host := range system.Servers {
		list = append(list, net.JoinHostPort(host, system.Port))
	}
	return list, nil
}
