package armsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// joins are the actions that a write needs on what the gateway is linked to, by
// the resource type in the link's id.
var joins = []struct{ in, action string }{
	{"/virtualnetworks/", "Microsoft.Network/virtualNetworks/subnets/join/action"},
	{"/publicipaddresses/", "Microsoft.Network/publicIPAddresses/join/action"},
	{"/applicationgatewaywebapplicationfirewallpolicies/", "Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action"},
}

const assignAction = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"

// permitLinks refuses a document with links to what the caller may not join:
// Resource Manager looks before the network service does, and names the
// right that is there before the one that is missing.
func (s *Server) permitLinks(id string, body object) error {
	missing := map[string]string{} // scope -> action
	identity, _ := body["identity"].(object)
	assigned, _ := identity["userAssignedIdentities"].(object)
	for scope := range assigned {
		if !s.may(scope, assignAction) {
			missing[scope] = assignAction
		}
	}
	walkReferences(properties(body), "properties", func(_, ref string) error {
		for _, join := range joins {
			if strings.Contains(strings.ToLower(ref), join.in) && !s.may(ref, join.action) {
				missing[ref] = join.action
			}
		}
		return nil
	})
	if len(missing) == 0 {
		return nil
	}
	scopes := slices.Sorted(maps.Keys(missing))
	var actions []string
	for _, scope := range scopes {
		actions = append(actions, missing[scope])
	}
	return Refusal{Status: http.StatusForbidden, Code: "LinkedAuthorizationFailed",
		Message: "The client '" + callerID + "' with object id '" + callerID + "' has permission to perform action '" + typeGateway + "/write' on scope '" + id +
			"'; however, it does not have permission to perform action(s) '" + strings.Join(actions, ",") + "' on the linked scope(s) '" + strings.Join(scopes, ",") +
			"' (respectively) or the linked scope(s) are invalid."}
}

// callerID is who the calls come from.
const callerID = "99999999-aaaa-bbbb-cccc-dddddddddddd"
