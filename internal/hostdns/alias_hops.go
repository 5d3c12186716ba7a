package hostdns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"certgate/internal/durable"
)

// Hop is one name on the way from a challenge name to where its TXT records are
// looked up, without a dot at the end.
type Hop struct {
	Name string
	Zone string // the zone in public DNS that the name lies in
	// Target is where a CNAME record leads; "" at the end of the way.
	Target string
	// Synthesized says that the CNAME is a wildcard's, made for every name: it is
	// nobody's wish for this one, and a record at the name displaces it.
	Synthesized bool
}

// ErrEndless says that CNAME records form a loop, or a chain that no resolver
// follows: only the owner of the domain can mend them.
var ErrEndless = errors.New("CNAME records without end")

// Aliases follows the CNAME records of a name hop by hop, asking authoritative
// servers only: resolvers never hear of the name. There is at least one hop; the
// last one has no target. Errors: ErrEndless; *durable.Transient for a zone that
// cannot be asked. Both come with the hops so far.
func (r *Resolver) Aliases(ctx context.Context, name string) ([]Hop, error) {
	current := dns.CanonicalName(name)
	var hops []Hop
	for range maxAliases {
		reply, at, err := r.authority(ctx, cut{}, current, dns.TypeTXT)
		if err != nil {
			return hops, err
		}
		hop := Hop{Name: plain(current), Zone: plain(at.zone)}
		target, ok := aliasOf(reply, current)
		if !ok {
			return append(hops, hop), nil
		}
		hop.Target = plain(target)
		if hop.Synthesized, err = r.synthesized(ctx, at, current, dns.TypeCNAME); err != nil {
			return hops, err
		}
		hops = append(hops, hop)
		if slices.ContainsFunc(hops, func(h Hop) bool { return h.Name == hop.Target }) {
			return hops, fmt.Errorf("%w: %s again after %d hops", ErrEndless, hop.Target, len(hops))
		}
		current = target
	}
	return hops, fmt.Errorf("%w: more than %d hops", ErrEndless, maxAliases)
}

// OnlyByWildcard reports whether a hostname has addresses from a wildcard record
// only. A TXT record below such a name makes the name exist by itself: the
// wildcard does not answer for it any more (RFC 4592 section 2.2.2), and its site
// is gone for as long as the TXT record stands.
func (r *Resolver) OnlyByWildcard(ctx context.Context, hostname string) (bool, error) {
	name := dns.CanonicalName(hostname)
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		reply, at, err := r.authority(ctx, cut{}, name, qtype)
		if err != nil {
			return false, err
		}
		if len(answers(reply, name)) == 0 || at.zone == name {
			continue
		}
		return r.synthesized(ctx, at, name, qtype)
	}
	return false, nil
}

// synthesized reports whether a name's records come from a wildcard: then a made-up
// name beside it and a made-up name below it have the same. Below a name that
// exists by itself, a wildcard beside it says nothing.
func (r *Resolver) synthesized(ctx context.Context, at cut, name string, qtype uint16) (bool, error) {
	reply, _, err := r.authority(ctx, at, name, qtype)
	if err != nil {
		return false, err
	}
	want := answers(reply, name)
	label := "certgate-" + strings.ToLower(rand.Text()) + "."
	for _, made := range []string{label + name, label + dns.Fqdn(parent(name))} {
		if len(made) > maxName {
			return false, nil
		}
		reply, _, err := r.authority(ctx, at, made, qtype)
		if err != nil {
			return false, err
		}
		if len(want) == 0 || !slices.Equal(answers(reply, made), want) {
			return false, nil
		}
	}
	return true, nil
}

// maxName is the length of the longest name as text (RFC 1035 section 2.3.4).
const maxName = 254

// answers are what stands at a name, without the name, sorted.
func answers(reply *dns.Msg, name string) []string {
	var out []string
	for _, rr := range reply.Answer {
		if dns.CanonicalName(rr.Header().Name) == name {
			out = append(out, strings.TrimPrefix(rr.String(), rr.Header().String()))
		}
	}
	slices.Sort(out)
	return out
}

// AliasesAtResolvers is Aliases for networks from which name servers cannot be asked: it
// knows neither the hops' zones nor which of them a wildcard makes. The resolvers keep for
// a while what does not exist.
func (r *Resolver) AliasesAtResolvers(ctx context.Context, name string) ([]Hop, error) {
	_, chain, err := (&lookup{Resolver: r}).follow(ctx, dns.Fqdn(name), dns.TypeTXT)
	hops := []Hop{{Name: plain(dns.CanonicalName(name))}}
	for _, target := range chain {
		hops[len(hops)-1].Target = plain(target)
		hops = append(hops, Hop{Name: plain(target)})
	}
	var failure *durable.Failure
	if errors.As(err, &failure) {
		err = fmt.Errorf("%w: %s", ErrEndless, failure.Message)
	}
	return hops, err
}
