// Package challengedns is the way of dns-01 (RFC 8555 section 8.4) between the steps and
// DNS: it finds where a TXT record goes, has the account at the DNS provider write and
// remove it, and asks the name servers whether they show it.
package challengedns

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/accounts"
	"certgate/internal/durable"
	"certgate/internal/hostdns"
	"certgate/internal/issuance"
)

// How it is found out that records are served.
const (
	CheckAuthoritative = "authoritative" // every address of every name server is asked
	CheckRecursive     = "recursive"     // the configured resolvers are, after the settle time
	CheckOff           = "off"           // nobody is; the settle time alone is waited for
)

// Times of accounts that set none.
const (
	DefaultTTL    = time.Minute
	DefaultSettle = 15 * time.Second
	DefaultLimit  = 10 * time.Minute
)

// silence is how long name servers that do not answer are waited for.
const silence = time.Minute

// Account is one account of the settings.
type Account struct {
	Name string
	// Open makes the account; it may read a secret. What it made is used for some
	// minutes, so a secret that changes needs no restart.
	Open   func(ctx context.Context) (dnsproviders.Account, error)
	TTL    time.Duration // of records
	Settle time.Duration // after all name servers show them
	Limit  time.Duration // until they must
	// Lacks asks which rights the account lacks on a zone; nil if the provider does not tell.
	Lacks func(ctx context.Context, z dnsproviders.Zone) ([]string, error)
}

// Config is what a DNS is made of.
type Config struct {
	Accounts []Account
	Resolver *hostdns.Resolver
	Check    string // "" is CheckAuthoritative
	// DelegationZone is a zone of ours that others lead their challenge names to.
	DelegationZone string
	Now            func() time.Time // nil is time.Now
}

// DNS is an issuance.ChallengeDNS.
type DNS struct {
	accounts   []*account
	resolver   *hostdns.Resolver
	check      string
	delegation string
}

var _ issuance.ChallengeDNS = (*DNS)(nil)

// New makes a DNS. It does no I/O.
func New(c Config) *DNS {
	if c.Now == nil {
		c.Now = time.Now
	}
	d := &DNS{resolver: c.Resolver, check: cmp.Or(c.Check, CheckAuthoritative), delegation: c.DelegationZone}
	for _, a := range c.Accounts {
		d.accounts = append(d.accounts, &account{Account: a, now: c.Now})
	}
	return d
}

// Write implements issuance.ChallengeDNS.
func (d *DNS) Write(ctx context.Context, at issuance.Place, values []string) (string, error) {
	a, err := d.account(at.Account)
	if err != nil {
		return "", err
	}
	receipt, err := a.Ensure(ctx, zoneOf(at), dnsproviders.Change{Name: at.Record, Values: values, TTL: a.TTL})
	return string(receipt), err
}

// Remove implements issuance.ChallengeDNS.
func (d *DNS) Remove(ctx context.Context, at issuance.Place, values []string, receipt string) error {
	a, err := d.account(at.Account)
	if err != nil {
		return err
	}
	return a.Remove(ctx, zoneOf(at), dnsproviders.Change{Name: at.Record, Values: values, TTL: a.TTL}, dnsproviders.Receipt(receipt))
}

// Look implements issuance.ChallengeDNS.
func (d *DNS) Look(ctx context.Context, at issuance.Place, values []string, receipt string, waited time.Duration) (issuance.Sight, error) {
	a, err := d.account(at.Account)
	if err != nil {
		return issuance.Sight{}, err
	}
	sight := issuance.Sight{Settle: a.Settle, Limit: a.Limit}
	if receipt != "" {
		settled, err := a.Settled(ctx, zoneOf(at), dnsproviders.Receipt(receipt))
		if err != nil || !settled {
			sight.Says = fmt.Sprintf("The provider has not brought %s to its name servers yet.", at.Record)
			return sight, err
		}
	}
	var seen hostdns.Sight
	switch d.check {
	case CheckOff:
		sight.There = true
		return sight, nil
	case CheckRecursive:
		if waited < a.Settle { // a resolver that is asked too early keeps that there is nothing
			sight.Says = fmt.Sprintf("%s is looked up at the DNS resolvers in %s.", at.Record, (a.Settle - waited).Round(time.Second))
			return sight, nil
		}
		seen, err = d.resolver.TXTAtResolvers(ctx, at.Record, values)
	default:
		seen, err = d.resolver.TXTEverywhere(ctx, at.Zone, at.Record, values)
	}
	if err != nil {
		return issuance.Sight{}, err
	}
	sight.There = seen.Everywhere(waited >= silence)
	if !sight.There {
		sight.Says = at.Record + ": " + seen.Sentence()
	}
	return sight, nil
}

// Accounts are the names of the accounts.
func (d *DNS) Accounts() []string { return d.names() }

// Zones are the names of the zones that an account holds, as it told some minutes ago.
func (d *DNS) Zones(ctx context.Context, account string) ([]string, error) {
	a, err := d.account(account)
	if err != nil {
		return nil, err
	}
	zones, err := a.Zones(ctx)
	var names []string
	for _, zone := range zones {
		names = append(names, zone.Name)
	}
	return names, err
}

func (d *DNS) account(name string) (*account, error) {
	i := slices.IndexFunc(d.accounts, func(a *account) bool { return a.Name == name })
	if i < 0 {
		return nil, &durable.Failure{Code: issuance.CodeDNSZoneNotFound, Message: fmt.Sprintf(
			"There is no DNS account %s in the settings; there are: %s.", name, cmp.Or(strings.Join(d.names(), ", "), "none"))}
	}
	return d.accounts[i], nil
}

func (d *DNS) names() []string {
	var names []string
	for _, a := range d.accounts {
		names = append(names, a.Name)
	}
	return names
}

// holding are the accounts to look for zones in: one, or all.
func (d *DNS) holding(name string) (*accounts.Accounts, error) {
	some := d.accounts
	if name != "" {
		one, err := d.account(name)
		if err != nil {
			return nil, err
		}
		some = []*account{one}
	}
	var named []accounts.Named
	for _, a := range some {
		named = append(named, accounts.Named{Name: a.Name, Account: a})
	}
	return accounts.New(d.resolver, named...), nil
}

func zoneOf(at issuance.Place) dnsproviders.Zone {
	return dnsproviders.Zone{ID: at.ZoneID, Name: at.Zone}
}
