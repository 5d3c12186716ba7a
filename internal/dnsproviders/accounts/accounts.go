// Package accounts knows all configured accounts at DNS providers and finds the one
// that holds the zone of a name. It remembers nothing: zones come and go.
package accounts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
)

// Named is an account under the name that the settings give it.
type Named struct {
	Name    string
	Account dnsproviders.Account
}

// PublicDNS tells whether public DNS leads a zone to name servers; public are
// those that it does lead to, none if the zone is not in public DNS.
type PublicDNS interface {
	Serve(ctx context.Context, zone string, hosts []string) (public []string, serve bool, err error)
}

// Accounts are all configured accounts, in the order of the settings.
type Accounts struct {
	all []Named
	dns PublicDNS
}

// New makes Accounts. It does no I/O.
func New(dns PublicDNS, all ...Named) *Accounts { return &Accounts{all: all, dns: dns} }

// Held is a zone and the account that holds it.
type Held struct {
	Account string
	Zone    dnsproviders.Zone
}

// Account is the account of that name.
func (a *Accounts) Account(name string) (dnsproviders.Account, bool) {
	for _, named := range a.all {
		if named.Name == name {
			return named.Account, true
		}
	}
	return nil, false
}

// Zones lists the zones of every account. What the accounts that could be asked
// have is returned also with an error, which is the first one's that could not.
func (a *Accounts) Zones(ctx context.Context) ([]Held, error) {
	var held []Held
	var failed error
	for _, named := range a.all {
		zones, err := named.Account.Zones(ctx)
		if err != nil {
			failed = cmp.Or(failed, fmt.Errorf("list the zones of DNS account %s: %w", named.Name, err))
			continue
		}
		for _, z := range zones {
			held = append(held, Held{named.Name, z})
		}
	}
	return held, failed
}

// For finds the zone that a name lies in: the one with the longest name of all that
// public DNS leads to. One account that cannot be asked does not matter while
// another one has a zone. A zone that public DNS does not lead to is a *durable.Failure
// with the code of a zone that is not found, and both lists of name servers; so is a
// name in nobody's zone, with the zones that were looked at.
func (a *Accounts) For(ctx context.Context, name string) (Held, error) {
	name = dnsproviders.Plain(name)
	all, failed := a.Zones(ctx)
	if ctx.Err() != nil {
		return Held{}, ctx.Err()
	}
	fitting := slices.DeleteFunc(slices.Clone(all), func(h Held) bool { return !h.Zone.Contains(name) })
	slices.SortStableFunc(fitting, func(x, y Held) int { return cmp.Compare(len(y.Zone.Name), len(x.Zone.Name)) })
	var apart []string
	var err error
	for _, h := range fitting {
		var public []string
		var led bool
		if h.Zone, public, led, err = a.Led(ctx, h); err != nil {
			return Held{}, err
		}
		if led {
			return h, nil
		}
		apart = append(apart, fmt.Sprintf("zone %s of DNS account %s has the name servers %s, public DNS has %s",
			h.Zone.Name, h.Account, list(h.Zone.NameServers), list(public)))
	}
	if failed != nil {
		return Held{}, failed
	}
	if len(apart) > 0 {
		return Held{}, &durable.Failure{Code: dnsproviders.DNSZoneNotFound, Message: fmt.Sprintf(
			"What is written for %s would not be seen: %s. Delegate the zone to these name servers, or remove the zone that is not in use.", name, strings.Join(apart, "; "))}
	}
	return Held{}, &durable.Failure{Code: dnsproviders.DNSZoneNotFound, Message: fmt.Sprintf(
		"No configured DNS account holds a zone for %s. The accounts have: %s.", name, list(names(all)))}
}

// Led reports whether public DNS leads to a zone, which it returns with the provider's
// name servers, and those that public DNS has. Where the provider does not tell, nobody
// is asked, and it is.
func (a *Accounts) Led(ctx context.Context, h Held) (zone dnsproviders.Zone, public []string, led bool, err error) {
	if h.Zone.NameServers, err = a.nameServers(ctx, h); err != nil {
		return h.Zone, nil, false, fmt.Errorf("ask for the name servers of zone %s: %w", h.Zone.Name, err)
	}
	if len(h.Zone.NameServers) == 0 {
		return h.Zone, nil, true, nil
	}
	if public, led, err = a.dns.Serve(ctx, h.Zone.Name, h.Zone.NameServers); err != nil {
		return h.Zone, public, false, fmt.Errorf("compare the name servers of zone %s: %w", h.Zone.Name, err)
	}
	return h.Zone, public, led, nil
}

func (a *Accounts) nameServers(ctx context.Context, h Held) ([]string, error) {
	account, _ := a.Account(h.Account)
	if lister, ok := account.(dnsproviders.NameServerLister); ok && len(h.Zone.NameServers) == 0 {
		return lister.NameServers(ctx, h.Zone)
	}
	return h.Zone.NameServers, nil
}

func names(all []Held) []string {
	var out []string
	for _, h := range all {
		out = append(out, h.Zone.Name+" ("+h.Account+")")
	}
	return out
}

// list writes names for people, the first few of many.
func list(names []string) string {
	const shown = 10
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > shown:
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}
