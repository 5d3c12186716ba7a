package hostdns

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"certgate/internal/durable"
)

// cut is a zone in public DNS with its name servers; both canonical.
type cut struct {
	zone  string
	hosts []string
}

// cutAbove finds the zone that the parent of a name lies in, by asking for SOA
// records up to the root. Resolvers are not asked for the name itself: they would
// keep for the zone's negative TTL that it does not exist (RFC 2308). Where the
// name is a zone of its own, the servers of this one refer to it.
func (r *Resolver) cutAbove(ctx context.Context, name string) (cut, error) {
	current := dns.CanonicalName(name)
	for current != "." {
		current = dns.Fqdn(parent(current))
		reply, err := r.ask(ctx, current, dns.TypeSOA)
		if err != nil {
			return cut{}, err
		}
		// An alias in the answer leads to another zone's SOA: no cut here.
		if len(recordsOf(reply, current, dns.TypeSOA)) > 0 {
			hosts, err := r.nameServers(ctx, current)
			return cut{current, hosts}, err
		}
	}
	return cut{}, &durable.Transient{Public: fmt.Sprintf("Public DNS has no zone for %s.", plain(dns.CanonicalName(name)))}
}

// nameServers are those of a zone in public DNS, sorted; none if there is no such zone.
func (r *Resolver) nameServers(ctx context.Context, zone string) ([]string, error) {
	reply, err := r.ask(ctx, zone, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	return hostsOf(recordsOf(reply, zone, dns.TypeNS)), nil
}

func hostsOf(records []dns.RR) []string {
	var hosts []string
	for _, rr := range records {
		if ns, ok := rr.(*dns.NS); ok {
			hosts = append(hosts, dns.CanonicalName(ns.Ns))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// PublicNameServers are the name servers that public DNS gives a zone, sorted and
// without a dot at the end; none if public DNS does not have it.
func (r *Resolver) PublicNameServers(ctx context.Context, zone string) ([]string, error) {
	hosts, err := r.nameServers(ctx, dns.CanonicalName(zone))
	for i := range hosts {
		hosts[i] = plain(hosts[i])
	}
	return hosts, err
}

// Serve reports whether public DNS leads a zone to these name servers, or to some
// of them: other servers may be fed by them. Servers that a zone knows under names
// of its own are told by their addresses. A zone that was moved away, or whose name
// somebody else holds, is not served: what is written there nobody sees.
func (r *Resolver) Serve(ctx context.Context, zone string, hosts []string) (public []string, serve bool, err error) {
	if public, err = r.PublicNameServers(ctx, zone); err != nil || len(public) == 0 {
		return public, false, err
	}
	known := map[string]bool{}
	for _, host := range hosts {
		known[plain(host)] = true
	}
	if slices.ContainsFunc(public, func(host string) bool { return known[host] }) {
		return public, true, nil
	}
	addresses := map[netip.Addr]bool{}
	for host := range known {
		found, err := r.Addresses(ctx, host)
		if err != nil {
			return public, false, err
		}
		for _, ip := range found.IPs {
			addresses[ip] = true
		}
	}
	for _, host := range public {
		found, err := r.Addresses(ctx, host)
		if err != nil {
			return public, false, err
		}
		if slices.ContainsFunc(found.IPs, func(ip netip.Addr) bool { return addresses[ip] }) {
			return public, true, nil
		}
	}
	return public, false, nil
}

// Bogus reports whether validating resolvers refuse what a zone says because its
// DNSSEC signatures are wrong: they answer only if they are told not to check
// (RFC 4035 section 3.2.2). Authorities validate, and refuse such a zone.
func (r *Resolver) Bogus(ctx context.Context, zone string) (bool, error) {
	servers, err := r.servers()
	if err != nil {
		return false, err
	}
	for _, server := range servers {
		query := new(dns.Msg).SetQuestion(dns.CanonicalName(zone), dns.TypeSOA)
		query.SetEdns0(ednsSize, false)
		reply, err := r.exchange(ctx, "udp", server, query)
		if err != nil || reply.Rcode != dns.RcodeServerFailure {
			if ctx.Err() != nil {
				return false, ctx.Err()
			}
			continue
		}
		query.Id, query.CheckingDisabled = dns.Id(), true
		reply, err = r.exchange(ctx, "udp", server, query)
		if err == nil && reply.Rcode == dns.RcodeSuccess {
			return true, nil
		}
		if errors.Is(err, context.Canceled) {
			return false, err
		}
	}
	return false, nil
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
