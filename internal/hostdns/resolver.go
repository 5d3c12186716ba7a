// Package hostdns asks public DNS what a certificate authority will ask: where
// a hostname leads through its whole chain of aliases, and which CAs its CAA
// records allow.
package hostdns

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/issuance"
)

// DefaultTimeout is how long one server may take for one query, the usual value
// of stub resolvers (resolv.conf(5)).
const DefaultTimeout = 5 * time.Second

// Config names the recursive servers to ask.
type Config struct {
	// Servers are asked in this order, each as host:port; the next one is asked
	// when one gives no usable answer.
	Servers []string
	// Timeout bounds one query to one server; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Resolver is an issuance.Resolver that holds no state between calls.
type Resolver struct {
	servers []string
	timeout time.Duration
}

var _ issuance.Resolver = (*Resolver)(nil)

// New makes a Resolver. It fails if there is no server to ask.
func New(c Config) (*Resolver, error) {
	if len(c.Servers) == 0 {
		return nil, errors.New("no DNS server to ask: set DnsResolvers")
	}
	for _, server := range c.Servers {
		if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("DNS server %q is not host:port", server)
		}
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	return &Resolver{servers: append([]string(nil), c.Servers...), timeout: c.Timeout}, nil
}

// SystemServers reads the servers of a resolv.conf(5) file, usually
// /etc/resolv.conf, as host:port.
func SystemServers(path string) ([]string, error) {
	system, err := dns.ClientConfigFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("read DNS servers: %w", err)
	}
	var servers []string
	for _, host := range system.Servers {
		servers = append(servers, net.JoinHostPort(host, system.Port))
	}
	if len(servers) == 0 {
		return nil, fmt.Errorf("read DNS servers: %s names none; set DnsResolvers", path)
	}
	return servers, nil
}
