package preflight

import (
	"context"
	"net/netip"
)

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
			return f.fetch(ctx, ips, func(netip.Addr) string { return f.hostname })
		},
	}
}
