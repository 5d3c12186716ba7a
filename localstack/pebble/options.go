package pebble

import (
	"io"
	"time"

	"certgate/localstack/localca"
)

// Options say how to run the CA.
type Options struct {
	// Dir is its folder: configuration, TLS key and logs. Required.
	Dir string
	// Authority signs the server certificate of the ACME and management
	// interfaces. Required. It has nothing to do with the certificates that the
	// CA issues: their root is new at each start (see Roots).
	Authority *localca.Authority
	// Ports to listen on at 127.0.0.1. All zero: free ones.
	Ports Ports
	// HTTPPort is where http-01 validations connect to, in place of port 80.
	HTTPPort int
	// DefaultIPv4 is the address that every name has unless the DNS server was
	// told otherwise; "" is 127.0.0.1. There is no default IPv6 address: the CA
	// would prefer it.
	DefaultIPv4 string
	// Resolver, if set, is told where this package's own DNS server listens, and says
	// whom the CA asks in its place (host:port).
	Resolver func(dns string) string
	// NonceReject is the percentage of good nonces that are refused.
	NonceReject int
	// AuthzReuse is the percentage of new orders that get a valid authorization
	// again.
	AuthzReuse int
	// RetryAfterAuthz and RetryAfterOrder are sent in whole seconds; 0 sends no
	// such header.
	RetryAfterAuthz, RetryAfterOrder time.Duration
	// Validity is how long an issued certificate lasts; 0 is 90 days.
	Validity time.Duration
	// Profile is the name of the only profile; "" is "default".
	Profile string
	// ExternalAccountKeys are base64url MAC keys by key id. With any, an account
	// must be bound to one (RFC 8555 section 7.3.4).
	ExternalAccountKeys map[string]string
	// BlockedDomains, and all below them, get no order.
	BlockedDomains []string
	// CAAIdentities are published in the directory; nil is
	// "pebble.letsencrypt.org".
	CAAIdentities []string
	// Env adds PEBBLE_… variables, such as PEBBLE_VA_ALWAYS_VALID=1. They win
	// over the options above.
	Env []string
	// Echo, if set, gets the DNS server's log lines too. The CA's are many and
	// stay in their file.
	Echo io.Writer
}

// Ports are those of the CA and of its DNS server.
type Ports struct {
	ACME, Management   int
	DNS, DNSManagement int
}
