package hostdns

import (
	"context"
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// View says in sentences how the system's resolver sees a hostname otherwise than the
// internet does, as the one of a virtual network with private zones; "" if it does
// not, as far as can be seen. Misleads says that this view is the one that is asked.
// With DnsResolvers the operator has chosen the view.
func (r *Resolver) View(ctx context.Context, hostname string) (says string, misleads bool) {
	if len(r.fixed) > 0 {
		return "", false
	}
	system, err := r.servers()
	if err != nil {
		return "", false
	}
	timeout := min(r.timeout, publicTimeout)
	inside := &lookup{Resolver: &Resolver{fixed: system, timeout: timeout}}
	outside := &lookup{Resolver: &Resolver{fixed: r.public, timeout: timeout}}
	asked := &lookup{Resolver: r}
	_, _, _ = asked.follow(ctx, dns.Fqdn(hostname), dns.TypeA) // only who is asked matters
	what := privateAddresses(ctx, inside, hostname)
	if what == "" && !asked.fellBack {
		what = differentZones(ctx, inside, outside, hostname)
	}
	if what == "" {
		return "", false
	}
	says = fmt.Sprintf("The system's DNS resolver has a private view of %s: %s. ", hostname, what)
	if r.askPublic && !asked.fellBack {
		return says + "It is not asked: public resolvers are, as a public authority would ask. For an authority of that network, set DnsResolvers to the network's own.", false
	}
	return says + fmt.Sprintf("Set DnsResolvers to resolvers of the internet that the app reaches, such as %s.", strings.Join(r.public, ",")), true
}

// privateAddresses are those that a hostname leads to (RFC 1918, RFC 4193), as a clause.
func privateAddresses(ctx context.Context, l *lookup, hostname string) string {
	var found []string
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		records, _, err := l.follow(ctx, dns.Fqdn(hostname), qtype)
		if err != nil {
			continue
		}
		for _, rr := range records {
			if ip, ok := addressOf(rr); ok && ip.IsPrivate() {
				found = append(found, ip.String())
			}
		}
	}
	if len(found) == 0 {
		return ""
	}
	return "it leads to " + strings.Join(found, ", ")
}

// differentZones compares the starts of authority, as a clause; "" where one is not known.
func differentZones(ctx context.Context, inside, outside *lookup, hostname string) string {
	there, err := zoneOf(ctx, outside, hostname)
	if err != nil {
		return ""
	}
	here, err := zoneOf(ctx, inside, hostname)
	if unknown := (zone{}); err != nil || here == there || here == unknown || there == unknown {
		return ""
	}
	return fmt.Sprintf("its zone there is %s, and on the internet %s", here, there)
}

// zone is what the start of authority says of the zone that a name is in (RFC 1035
// section 3.3.13). Serial numbers differ between servers of one zone.
type zone struct{ name, primary string }

func (z zone) String() string { return z.name + " of " + z.primary }

func zoneOf(ctx context.Context, l *lookup, hostname string) (zone, error) {
	reply, err := l.ask(ctx, dns.CanonicalName(hostname), dns.TypeSOA)
	if err != nil {
		return zone{}, err
	}
	for _, rr := range append(reply.Answer, reply.Ns...) {
		if soa, ok := rr.(*dns.SOA); ok {
			name := strings.TrimSuffix(dns.CanonicalName(soa.Hdr.Name), ".")
			if name == "" {
				name = "the root"
			}
			return zone{name, strings.TrimSuffix(dns.CanonicalName(soa.Ns), ".")}, nil
		}
	}
	return zone{}, nil
}
