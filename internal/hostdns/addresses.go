package hostdns

import (
	"context"
	"net/netip"
	"sync"

	"github.com/miekg/dns"

	"certgate/internal/issuance"
)

// Addresses follows CNAMEs and returns every A and AAAA record, A first. A name
// without addresses, or without existence, gives none and no error. One family
// that cannot be looked up is forgiven if the other has addresses: name servers
// that break on AAAA exist, and CAs forgive them too.
func (r *Resolver) Addresses(ctx context.Context, hostname string) (issuance.Addresses, error) {
	types := [...]uint16{dns.TypeA, dns.TypeAAAA}
	var records [len(types)][]dns.RR
	var chains [len(types)][]string
	var errs [len(types)]error
	var lookups [len(types)]lookup
	var both sync.WaitGroup
	for i, qtype := range types {
		both.Go(func() {
			lookups[i].Resolver = r
			records[i], chains[i], errs[i] = lookups[i].follow(ctx, dns.Fqdn(hostname), qtype)
		})
	}
	both.Wait()

	var found issuance.Addresses
	seen := map[netip.Addr]bool{}
	for i := range types {
		if lookups[i].fellBack {
			found.Note = r.fallenBack()
		}
		// Both families share their aliases, but one lookup may have ended early.
		if len(chains[i]) > len(found.Chain) {
			found.Chain = chains[i]
		}
		for _, rr := range records[i] {
			if ip, ok := addressOf(rr); ok && !seen[ip] {
				seen[ip] = true
				found.IPs = append(found.IPs, ip)
			}
		}
	}
	if len(found.IPs) > 0 {
		return found, nil
	}
	for _, err := range errs {
		if err != nil {
			return issuance.Addresses{}, err
		}
	}
	return found, nil
}

func addressOf(rr dns.RR) (netip.Addr, bool) {
	var raw []byte
	switch rr := rr.(type) {
	case *dns.A:
		raw = rr.A
	case *dns.AAAA:
		raw = rr.AAAA
	}
	ip, ok := netip.AddrFromSlice(raw)
	return ip.Unmap(), ok
}
