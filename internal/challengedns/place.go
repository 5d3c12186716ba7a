package challengedns

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/accounts"
	"certgate/internal/durable"
	"certgate/internal/hostdns"
	"certgate/internal/issuance"
)

// challengeLabel is what a hostname's TXT record stands below (RFC 8555 section 8.4).
const challengeLabel = "_acme-challenge."

// Place implements issuance.ChallengeDNS. A CNAME that a wildcard makes for every name is
// nobody's wish for this one: a record at the name displaces it.
func (d *DNS) Place(ctx context.Context, hostname, account string) (issuance.Place, error) {
	place, err := d.place(ctx, hostname, account)
	if errors.As(err, new(*durable.Transient)) && ctx.Err() == nil {
		err = d.orBogus(ctx, strings.TrimPrefix(hostname, "*."), err)
	}
	return place, err
}

// orBogus gives the reason why public DNS has no answer, if a zone that the name lies in has
// wrong signatures: resolvers that validate do not answer for it, nor for any name below.
// So the shortest such name is the zone.
func (d *DNS) orBogus(ctx context.Context, name string, unanswered error) error {
	labels := strings.Split(name, ".")
	for i := len(labels) - 2; i >= 0; i-- {
		zone := strings.Join(labels[i:], ".")
		if bogus, err := d.resolver.Bogus(ctx, zone); err == nil && bogus {
			return bogusZone(zone)
		}
	}
	return unanswered
}

func (d *DNS) place(ctx context.Context, hostname, account string) (issuance.Place, error) {
	base := strings.TrimPrefix(hostname, "*.")
	name := challengeLabel + base
	holders, err := d.holding(account)
	if err != nil {
		return issuance.Place{}, err
	}
	hops, err := d.hops(ctx, name)
	if errors.Is(err, hostdns.ErrEndless) {
		return issuance.Place{}, wrong("The CNAME records of %s have no end: %s. Let it lead to a name in a zone of ours, or remove it.", name, path(hops))
	}
	if err != nil {
		return issuance.Place{}, err
	}
	at, held, err := d.writable(ctx, holders, hops)
	if err != nil {
		return issuance.Place{}, d.advise(err, name, hops)
	}
	if at.Zone != "" && at.Zone != held.Zone.Name {
		return issuance.Place{}, &durable.Failure{Code: issuance.CodeDNSZoneNotFound, Message: fmt.Sprintf(
			"What is written for %s into the zone %s would not be seen: public DNS has the name in the zone %s, which no configured account holds.", at.Name, held.Zone.Name, at.Zone)}
	}
	if err := d.harmless(ctx, base, at.Name == name, held.Zone.Name); err != nil {
		return issuance.Place{}, err
	}
	return issuance.Place{Record: at.Name, Account: held.Account, Zone: held.Zone.Name, ZoneID: held.Zone.ID}, nil
}

// hops is the way from the name along CNAME records. Where name servers cannot be asked,
// resolvers are.
func (d *DNS) hops(ctx context.Context, name string) ([]hostdns.Hop, error) {
	if d.check == CheckAuthoritative {
		return d.resolver.Aliases(ctx, name)
	}
	return d.resolver.AliasesAtResolvers(ctx, name)
}

// writable is the first name on the way that has no CNAME of its own and lies in a zone of
// ours.
func (d *DNS) writable(ctx context.Context, holders *accounts.Accounts, hops []hostdns.Hop) (at hostdns.Hop, held accounts.Held, err error) {
	for _, hop := range hops {
		if hop.Target != "" && !hop.Synthesized {
			continue
		}
		held, err = holders.For(ctx, hop.Name)
		if err == nil || !dnsproviders.IsGone(err) {
			return hop, held, err
		}
	}
	return at, held, err
}

// advise says of a name in nobody's zone what would help.
func (d *DNS) advise(err error, name string, hops []hostdns.Hop) error {
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != issuance.CodeDNSZoneNotFound {
		return err
	}
	advice := ""
	if d.delegation != "" {
		advice = fmt.Sprintf(" Or create the record: %s CNAME %s", name, d.Delegated(name))
	}
	if len(hops) > 1 && hops[0].Target != "" && !hops[0].Synthesized {
		return wrong("%s leads to a name that is in no zone of a configured DNS account: %s. %s%s", name, path(hops), failure.Message, advice)
	}
	return &durable.Failure{Code: failure.Code, Message: failure.Message + advice, Err: failure.Err}
}

// Delegated is the name in the delegation zone that a challenge name is to lead to: one of
// its own, because a record set has room for few values; "" without such a zone.
func (d *DNS) Delegated(name string) string {
	if d.delegation == "" {
		return ""
	}
	const letters = 20
	sum := sha256.Sum256([]byte(name))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:letters] + "." + d.delegation
}

// harmless says why a record must not be written, or would not count. below says that it
// stands below the hostname itself.
func (d *DNS) harmless(ctx context.Context, base string, below bool, zone string) error {
	if d.check == CheckAuthoritative && below {
		only, err := d.resolver.OnlyByWildcard(ctx, base)
		if err != nil {
			return err
		}
		if only {
			return &durable.Failure{Code: issuance.CodeDNSServedByWildcard, Message: fmt.Sprintf(
				"%s lives from a wildcard record of its zone: a TXT record below it would make it exist by itself, and its site would be gone while the record stands (RFC 4592). Ask for the wildcard in place of it, prove it by http-01, or give it a record of its own.", base)}
		}
	}
	bogus, err := d.resolver.Bogus(ctx, zone)
	if err != nil {
		return err
	}
	if bogus {
		return bogusZone(zone)
	}
	return nil
}

func bogusZone(zone string) *durable.Failure {
	return &durable.Failure{Code: issuance.CodeDNSSECNotValid, Message: fmt.Sprintf(
		"The DNSSEC signatures of the zone %s are wrong, and certificate authorities do not believe what it says. Have the zone signed again, or take its DS record out of the zone above.", zone)}
}

func wrong(sentence string, args ...any) error {
	return &durable.Failure{Code: issuance.CodeDNSDelegationWrong, Message: strings.TrimSpace(fmt.Sprintf(sentence, args...))}
}

// path shows hops as people read them.
func path(hops []hostdns.Hop) string {
	const shown = 6
	var names []string
	for i, hop := range hops {
		if i == shown {
			names = append(names, "…")
			break
		}
		names = append(names, hop.Name)
	}
	return strings.Join(names, " → ")
}
