package preflight

import (
	"context"
	"fmt"
	"strings"

	"certgate/internal/inventory"
)

// named is how many listeners a finding names.
const named = 5

// listenersFare: everything on the gateway that has a certificate, whoever made it, as the
// survey saw it last.
func listenersFare() check {
	return check{
		name: "listeners", title: "Listeners of the gateway", group: groupGateway,
		fix: "GET /api/listeners says of each what to do.",
		run: func(_ context.Context, f *facts) verdict {
			rows, err := f.rows()
			switch {
			case err != nil:
				return because(err)
			case len(rows) == 0:
				return pass("The gateway has nothing with a certificate, or was not surveyed yet; the function Watch does that each hour.")
			}
			var need []string
			for _, r := range rows {
				if r.State.Needs() {
					need = append(need, r.Name+" "+r.State.Says())
				}
			}
			if len(need) == 0 {
				return pass("Of %d listeners and certificates none needs somebody.", len(rows))
			}
			all := len(need)
			if all > named {
				need = append(need[:named], "…")
			}
			return fail("Of %d listeners and certificates %d need somebody: %s.", len(rows), all, strings.Join(need, ", "))
		},
	}
}

// neighbours: who else renews certificates that are on the gateway.
func neighbours() check {
	return check{
		name: "neighbours", title: "Other renewers", group: groupVault,
		run: func(_ context.Context, f *facts) verdict {
			rows, err := f.rows()
			if err != nil {
				return because(err)
			}
			counts := map[inventory.Who]int{}
			for _, r := range rows {
				if r.Kind == inventory.KindListener {
					counts[r.RenewedBy.Who]++
				}
			}
			var others []string
			for _, other := range []struct {
				who  inventory.Who
				says string
			}{
				{inventory.Acmebot, "acmebot"}, {inventory.KeyVault, "Key Vault itself"},
				{inventory.AppService, "App Service"}, {inventory.Somebody, "somebody not known"},
			} {
				if counts[other.who] > 0 {
					others = append(others, fmt.Sprintf("%s (%d)", other.says, counts[other.who]))
				}
			}
			if len(others) == 0 {
				return pass("Nobody else is known to renew certificates of the gateway.")
			}
			return pass("Certificates of listeners are also renewed by %s. Ask certgate for none of these hostnames before the other one has let go: two renewers share one limit of the authority.", strings.Join(others, ", "))
		},
	}
}

// templates: something that writes over what certgate changes on the gateway.
func templates() check {
	return check{
		name: "templates", title: "Who else writes the gateway", group: groupGateway,
		fix: "Let the ingress controller leave certgate's hostnames alone (AzureIngressProhibitedTarget), or let it refer to certgate's certificates by the annotation appgw-ssl-certificate.",
		run: func(_ context.Context, f *facts) verdict {
			doc, err := f.document()
			if err != nil {
				return f.look(nil)
			}
			if doc.ByIngress() {
				return fail("The Application Gateway Ingress Controller owns this gateway, by its tags: it takes off what it does not know.")
			}
			return pass("No controller has put its mark on the gateway. Terraform and Bicep leave none.")
		},
	}
}
