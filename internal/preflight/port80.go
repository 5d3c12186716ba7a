package preflight

import (
	"context"
	"net/netip"

	"certgate/internal/issuance"
)

const throughFront = "Lead /.well-known/acme-challenge/* through the front, over HTTP and without a redirect to HTTPS, to the gateway with the Host header as it came, or to the blob container."

// port80 asks for a validation file of the hostname as the authority will,
// redirects included, if the authority does.
func port80() check {
	return check{
		name: "port80", title: "Port 80", group: groupHostname,
		fix: challengeFetchFix,
		run: func(ctx context.Context, f *facts) verdict {
			if f.byDNS() {
				return pass("%s is proved by a DNS record: nobody asks there for a validation file.", f.hostname)
			}
			ips, err := f.gatewayIPs()
			if err != nil || len(ips) == 0 {
				return unknown("The gateway's public address is not known.").after(gatewayAddress())
			}
			front := f.front()
			at, err := issuance.LookedAt(ctx, f.config.Resolver, front, f.hostname, ips)
			if err != nil {
				return because(err)
			}
			v := f.fetch(ctx, at, func(netip.Addr) string { return f.hostname })
			if front != nil && v.ok != nil {
				v.finding = "Asked where DNS leads, which may be the target " + front.Target + ": " + v.finding
				if !*v.ok {
					v.fix = throughFront
				}
			}
			return v
		},
	}
}
