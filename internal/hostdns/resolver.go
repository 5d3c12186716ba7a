// Package hostdns asks public DNS what a certificate authority will ask: where
// a hostname leads through its whole chain of aliases, and which CAs its CAA
// records allow.
package hostdns

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/issuance"
)

// DefaultTimeout is how long one server may take for one query, the usual value
// of stub resolvers (resolv.conf(5)).
const DefaultTimeout = 5 * time.Second

// publicTimeout is how long a public one may take where the system's stand behind it:
// where nothing gets out, that is waited for in vain.
const publicTimeout = 3 * time.Second

// PublicServers are resolvers of the internet that answer every client and filter
// nothing: Cloudflare's and Google's.
func PublicServers() []string { return []string{"1.1.1.1:53", "8.8.8.8:53"} }

// systemFile is where the system says which servers to ask (resolv.conf(5)).
const systemFile = "/etc/resolv.conf"

// Config names the recursive servers to ask.
type Config struct {
	// Servers are asked in this order, each as host:port; the next one is asked
	// when one gives no usable answer.
	Servers []string
	// AskPublic has public resolvers asked where there are no Servers. The system's
	// take over when none of them answers.
	AskPublic bool
	// Public replaces PublicServers.
	Public []string
	// SystemFile replaces /etc/resolv.conf when there are no Servers.
	SystemFile string
	// AuthorityPort is where name servers listen; 0 means 53.
	AuthorityPort int
	// Timeout bounds one query to one server; 0 means DefaultTimeout.
	Timeout time.Duration
}

// Resolver is an issuance.Resolver that holds no state between calls.
type Resolver struct {
	fixed      []string // empty: the system's, or public ones before them
	public     []string
	askPublic  bool
	systemFile string
	timeout    time.Duration
	// authorityPort is where name servers listen.
	authorityPort uint16
}

var _ issuance.Resolver = (*Resolver)(nil)

// New makes a Resolver. It fails on a server that is not host:port.
func New(c Config) (*Resolver, error) {
	for _, server := range slices.Concat(c.Servers, c.Public) {
		if host, port, err := net.SplitHostPort(server); err != nil || host == "" || port == "" {
			return nil, fmt.Errorf("DNS server %q is not host:port", server)
		}
	}
	r := &Resolver{fixed: slices.Clone(c.Servers), public: PublicServers(), askPublic: c.AskPublic && len(c.Servers) == 0, systemFile: systemFile, timeout: DefaultTimeout, authorityPort: 53}
	if len(c.Public) > 0 {
		r.public = slices.Clone(c.Public)
	}
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

// servers are the ones to ask, behind the public ones if those are. The system's are
// read for every question: the file is small, and the platform may change it while the
// app runs.
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
		if _, _, err := net.SplitHostPort(host); err == nil { // has a port of its own
			list = append(list, host)
			continue
		}
		list = append(list, net.JoinHostPort(host, system.Port))
	}
	return list, nil
}

// fallenBack is what is to be known of an answer of the system's servers.
func (r *Resolver) fallenBack() string {
	return fmt.Sprintf("The public DNS resolvers (%s) do not answer, so the system's were asked, which may know another view. Let the app reach UDP and TCP port 53 of them, or set DnsResolvers.", strings.Join(r.public, ", "))
}
