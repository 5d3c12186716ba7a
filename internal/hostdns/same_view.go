package hostdns

import (
	"context"

	"github.com/miekg/dns"
)

// SameView compares what two resolvers take for a zone, by the primary name server
// of its SOA record ("" for no such zone). A private zone of the same name in a
// virtual network hides the public one (split horizon): then they differ, and what
// r says is not what a certificate authority sees.
func (r *Resolver) SameView(ctx context.Context, other *Resolver, zone string) (same bool, own, others string, err error) {
	if own, err = r.primary(ctx, zone); err != nil {
		return false, "", "", err
	}
	if others, err = other.primary(ctx, zone); err != nil {
		return false, own, "", err
	}
	return own == others, own, others, nil
}

func (r *Resolver) primary(ctx context.Context, zone string) (string, error) {
	name := dns.CanonicalName(zone)
	reply, err := r.ask(ctx, name, dns.TypeSOA)
	if err != nil {
		return "", err
	}
	for _, rr := range recordsOf(reply, name, dns.TypeSOA) {
		if soa, ok := rr.(*dns.SOA); ok {
			return plain(soa.Ns), nil
		}
	}
	return "", nil
}
