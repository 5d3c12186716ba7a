// Package dnsproviders is the port to DNS providers, through which the TXT records
// of dns-01 (RFC 8555 section 8.4) are written and removed. Each provider has a
// package of its own below this one; dnstest holds them all to the same contract.
//
// The process that removes a value is often not the one that wrote it. So nothing
// is remembered between two calls: what an adapter must know, such as a record's
// id, it looks up by name and value, or finds in the Receipt that the caller kept.
package dnsproviders

import (
	"context"
	"strings"
	"time"
)

// Account is one account at a DNS provider. Each call is one look or one change,
// which may take several requests; it never waits for the change to spread.
//
// Errors of all calls: *durable.Failure with a code of this package for what a
// person must mend; *durable.RetryLater for a rate limit, or for others who change
// the same records at the same time; *durable.Transient for what may pass. The
// context's own error comes through.
type Account interface {
	// Zones lists the zones that the account may change. It asks the provider
	// each time, unless the zones are configured.
	Zones(ctx context.Context) ([]Zone, error)
	// Ensure adds the values to the TXT records of the name, and leaves those of
	// others alone. Values that are there already are fine.
	Ensure(ctx context.Context, z Zone, c Change) (Receipt, error)
	// Settled is the provider's own word on whether its name servers have the
	// change of the receipt; true where it has none.
	Settled(ctx context.Context, z Zone, r Receipt) (bool, error)
	// Remove takes these values away, and no others. Values that are gone are
	// fine; a zone that is gone is a Failure, because it may be a zone that the
	// account cannot see any more. The receipt may be empty: a crash loses it.
	Remove(ctx context.Context, z Zone, c Change, r Receipt) error
}

// Zone is a zone that an account can change.
type Zone struct {
	ID   string // the provider's, as its adapter needs it
	Name string // lower-case A-labels without a dot at the end
	// NameServers are those that the provider gave the zone, written like Name.
	// Public DNS must lead to them; empty if the provider does not tell, or tells a
	// NameServerLister only.
	NameServers []string
}

// Relative is a name as it is called within the zone, and apex for the zone's own.
func (z Zone) Relative(name, apex string) string {
	if name == z.Name {
		return apex
	}
	return strings.TrimSuffix(name, "."+z.Name)
}

// Contains reports whether a name lies in the zone.
func (z Zone) Contains(name string) bool {
	return name == z.Name || strings.HasSuffix(name, "."+z.Name)
}

// NameServerLister is an Account whose Zones do not tell the name servers, because
// the provider tells them for one zone at a time only.
type NameServerLister interface {
	// NameServers are those that the provider gave the zone, as Zone has them.
	NameServers(ctx context.Context, z Zone) ([]string, error)
}

// Change is TXT values of one name. All values that a name needs are written in
// one change: authorities and resolvers keep what they saw first.
type Change struct {
	Name   string   // lower-case A-labels without a dot at the end
	Values []string // each at most 255 bytes of ASCII; as a set
	// TTL is how long resolvers keep them. A provider's least TTL is taken where
	// it is longer; where all records of a name share one, the others get it, too.
	TTL time.Duration
}

// Receipt is what a provider said of a change, for Settled; its form is the
// adapter's. It holds no secret and is stored.
type Receipt string

// Plain is a name as this package writes it: in lower case, without a dot at the end.
func Plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
