package preflight

import (
	"context"
	"fmt"
	"strings"
)

// need is an action at a scope, and the role that has it.
type need struct{ action, scope, role string }

// gatewayChange asks Resource Manager what the app's identity may do. A write of
// a gateway is checked at everything that the gateway is joined to: its subnets,
// its public addresses, its firewall policies, its own identity.
func gatewayChange() check {
	return check{
		name: "gatewayChange", title: "The gateway may be changed", group: groupGateway,
		fix: "Give the app's identity the role Network Contributor on the gateway's resource group (and on the network's, if it is another), and Managed Identity Operator on the gateway's own identity. A new assignment takes some minutes.",
		run: func(ctx context.Context, f *facts) verdict {
			survey, err := f.survey()
			if err != nil {
				return f.look(nil)
			}
			needs := []need{{"Microsoft.Network/applicationGateways/write", f.config.Gateway.ID(), "Network Contributor"}}
			for _, id := range survey.Joins {
				needs = append(needs, need{joinAction(id), id, "Network Contributor"})
			}
			for _, id := range survey.Identities {
				needs = append(needs, need{"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", id, "Managed Identity Operator"})
			}
			return f.granted(ctx, needs)
		},
	}
}

func joinAction(id string) string {
	switch lower := strings.ToLower(id); {
	case strings.Contains(lower, "/publicipaddresses/"):
		return "Microsoft.Network/publicIPAddresses/join/action"
	case strings.Contains(lower, "/applicationgatewaywebapplicationfirewallpolicies/"):
		return "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action"
	}
	return "Microsoft.Network/virtualNetworks/subnets/join/action"
}

func (f *facts) granted(ctx context.Context, needs []need) verdict {
	var missing, fixes []string
	for _, n := range needs {
		allowed, err := f.config.Gateway.Permissions(ctx, n.scope)
		if err != nil {
			v := unknown("Resource Manager does not say what the app's identity may do on %s.", lastPart(n.scope))
			v.err = err
			return v
		}
		if !allowed.Allow(n.action) {
			missing = append(missing, fmt.Sprintf("%s on %s", n.action, lastPart(n.scope)))
			fixes = append(fixes, fmt.Sprintf("%s on %s", n.role, n.scope))
		}
	}
	if len(missing) > 0 {
		return fail("The app's identity lacks %s.", strings.Join(missing, ", ")).
			fixedBy("Give it these roles: %s. A new assignment takes some minutes.", strings.Join(fixes, "; "))
	}
	return pass("The app's identity may change the gateway.")
}

func lastPart(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
