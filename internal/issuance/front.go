package issuance

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"certgate/internal/durable"
	"certgate/internal/publicip"
)

// Fronts know what stands before the gateway.
type Fronts interface {
	// Front is what DNS may lead a hostname to in place of the gateway; nil if nothing
	// is. Nobody is asked.
	Front(hostname string) *Front
}

// Front is what clients, and authorities, reach in the gateway's place.
type Front struct {
	Target string // its name in the settings
	Host   string // its own DNS name, which CNAME records lead to
}

// frontOf is the front of a hostname; nil if there is none.
func frontOf(fronts Fronts, hostname string) *Front {
	if fronts == nil {
		return nil
	}
	return fronts.Front(hostname)
}

// ExplainWay is ExplainAddresses for a hostname that may lead to a front too: by a CNAME
// record, or by the front's addresses. An ALIAS record hides where it leads, and a front has
// other addresses in other places of the world: what has only addresses, and public ones, is
// left to the look at the validation file.
func ExplainWay(ctx context.Context, resolver Resolver, front *Front, hostname string, found Addresses, gateway []netip.Addr) (problem string, err error) {
	problem = ExplainAddresses(hostname, found, gateway)
	if problem == "" || front == nil {
		return problem, nil
	}
	if len(found.IPs) > 0 && slices.Contains(found.Chain, front.Host) {
		return "", nil
	}
	own, err := resolver.Addresses(ctx, front.Host)
	if err != nil {
		return "", err
	}
	known := slices.Concat(gateway, own.IPs)
	strange := slices.DeleteFunc(slices.Clone(found.IPs), func(ip netip.Addr) bool { return slices.Contains(known, ip.Unmap()) })
	if len(found.IPs) > 0 && (len(strange) == 0 || len(found.Chain) == 0 && !slices.ContainsFunc(strange, notPublic)) {
		return "", nil
	}
	leads := "has no address in DNS"
	if len(strange) > 0 {
		leads = "resolves to " + joinAddrs(strange)
	}
	return fmt.Sprintf("%s %s, and should lead to %s, the host of the target %s, or to the Application Gateway at %s. Make a CNAME record to %s; at the top of a zone an ALIAS or ANAME record, or an alias record set of Azure DNS.",
		via(hostname, found.Chain), leads, front.Host, front.Target, joinAddrs(gateway), front.Host), nil
}

func notPublic(ip netip.Addr) bool { return !publicip.Is(ip.Unmap()) }

// LookedAt are the addresses at which a hostname's validation file is looked at: the
// gateway's, or where DNS leads if that may be a front. Whoever owns the name decides that,
// so of others than the front's and the gateway's only public ones count.
func LookedAt(ctx context.Context, resolver Resolver, front *Front, hostname string, gateway []netip.Addr) ([]netip.Addr, error) {
	if front == nil {
		return gateway, nil
	}
	found, err := resolver.Addresses(ctx, hostname)
	if err != nil {
		return nil, err
	}
	own, err := resolver.Addresses(ctx, front.Host)
	if err != nil {
		return nil, err
	}
	known := slices.Concat(gateway, own.IPs)
	at := slices.DeleteFunc(found.IPs, func(ip netip.Addr) bool { return notPublic(ip) && !slices.Contains(known, ip.Unmap()) })
	if len(at) == 0 {
		return nil, &durable.Failure{Code: CodeHostnameNotResolving, Message: fmt.Sprintf("%s has no public address in DNS. Make a CNAME record to %s, the host of the target %s.", hostname, front.Host, front.Target)}
	}
	return at, nil
}

// hides reports whether none of the looks at the gateway got a connection, as if it let in
// nobody but its front.
func (f *Front) hides(looks []Look[[]byte]) bool {
	return f != nil && len(looks) > 0 && !slices.ContainsFunc(looks, func(l Look[[]byte]) bool { return !errors.Is(l.Err, ErrNotReached) })
}
