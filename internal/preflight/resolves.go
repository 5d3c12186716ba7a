package preflight

import (
	"context"
	"strings"

	"certgate/internal/issuance"
)

// resolves: every address of the hostname is the gateway's.
func resolves() check {
	return check{
		name: "dns", title: "DNS", group: groupHostname,
		fix: "Make the DNS records that the advice lists, and remove every other A and AAAA record of the name.",
		run: func(_ context.Context, f *facts) verdict {
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
			if problem := issuance.ExplainAddresses(f.hostname, found, gateway); problem != "" {
				v := because(failure(strings.TrimSpace(problem + " " + found.Note)))
				if f.byDNS() {
					return servedLater(v)
				}
				return v
			}
			return pass("%s", strings.TrimSpace(f.hostname+" resolves to the gateway. "+found.Note))
		},
	}
}
