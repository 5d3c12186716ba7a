package preflight

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/issuance"
)

// resolves: the hostname leads to the gateway, or to what stands before it.
func resolves() check {
	return check{
		name: "dns", title: "DNS", group: groupHostname,
		fix: "Make the DNS records that the advice lists, and remove every other A and AAAA record of the name.",
		run: func(ctx context.Context, f *facts) verdict {
			found, err := f.addresses()
			if err != nil {
				return because(err)
			}
			gateway, err := f.gatewayIPs()
			if len(f.anywhere) > 0 {
				gateway = f.anywhere
			}
			if err != nil || len(gateway) == 0 {
				return unknown("The gateway's public address is not known.").after(gatewayAddress())
			}
			front := f.front()
			problem, err := issuance.ExplainWay(ctx, f.config.Resolver, front, f.hostname, found, gateway)
			switch {
			case err != nil:
				return because(err)
			case problem != "":
				v := because(failure(strings.TrimSpace(problem + " " + found.Note)))
				if f.byDNS() {
					return servedLater(v)
				}
				return v
			case front != nil && issuance.ExplainAddresses(f.hostname, found, gateway) != "":
				return pass("%s", strings.TrimSpace(fmt.Sprintf("%s leads to the target %s, which stands before the gateway. %s", f.hostname, front.Target, found.Note)))
			}
			return pass("%s", strings.TrimSpace(f.hostname+" resolves to the gateway. "+found.Note))
		},
	}
}
