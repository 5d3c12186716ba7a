package preflight

import (
	"context"
	"slices"
	"strings"
)

// shownZones is how many zones of an account are named.
const shownZones = 10

// dnsAccount: the account lets the app in, and holds a zone.
func dnsAccount(dns ChallengeDNS, name string) check {
	return check{
		name: "dnsAccount:" + name, title: "DNS account (" + name + ")", group: groupChallenge,
		fix: "Look at the credentials and the rights of the account; docs/dns.md has what they need.",
		run: func(ctx context.Context, _ *facts) verdict {
			zones, err := dns.Zones(ctx, name)
			switch n := len(zones); {
			case err != nil:
				return because(err)
			case n == 0:
				return fail("The DNS account %s is let in, and sees no zone.", name).
					fixedBy("Give it rights to the zone (docs/dns.md), or name the zones in Dns__%s__Zones.", name)
			case n > shownZones:
				return pass("It holds %d zones, such as %s.", n, strings.Join(slices.Sorted(slices.Values(zones))[:shownZones], ", "))
			default:
				return pass("It holds %s.", strings.Join(slices.Sorted(slices.Values(zones)), ", "))
			}
		},
	}
}
