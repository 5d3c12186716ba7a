package appgateway

import (
	"fmt"
	"regexp"
	"strings"
)

// lacking finds what an authorization error misses, and where. A refusal for what
// the gateway is linked to (LinkedAuthorizationFailed) names first the right that is
// there, so the words before the action decide. Several actions and scopes stand in
// one pair of quotes, in the same order.
var lacking = regexp.MustCompile(`(?i)does not have (?:authorization|permissions?) to perform action(?:\(s\)|s)? '([^']+)' (?:over|on)(?: the)?(?: linked)? scope(?:\(s\)|s)? '([^']+)'`)

// missingRight is an action that the app's identity lacks at a scope.
type missingRight struct{ action, scope string }

func missingRights(message string) []missingRight {
	found := lacking.FindStringSubmatch(message)
	if found == nil {
		return nil
	}
	actions, scopes := strings.Split(found[1], ","), strings.Split(found[2], ",")
	var missing []missingRight
	for i, scope := range scopes {
		missing = append(missing, missingRight{strings.TrimSpace(actions[min(i, len(actions)-1)]), strings.TrimSpace(scope)})
	}
	return missing
}

// role is the built-in role that has the action, and where to give it.
func (m missingRight) role() string {
	switch lower := strings.ToLower(m.action); {
	case strings.HasPrefix(lower, "microsoft.managedidentity/"):
		return "Managed Identity Operator on " + m.scope
	case strings.HasPrefix(lower, "microsoft.network/applicationgateways/"):
		return "Network Contributor on the gateway's resource group"
	}
	return "Network Contributor on " + m.scope
}

// accessAdvice is the sentence for somebody who may not do something to the gateway.
func (c *Client) accessAdvice(verb, message string) string {
	lacks, roles := "Microsoft.Network/applicationGateways/read, .../write and Microsoft.Network/publicIPAddresses/read", "Network Contributor on the gateway's resource group"
	if missing := missingRights(message); len(missing) > 0 {
		var actions, wanted []string
		for _, m := range missing {
			actions = append(actions, m.action+" on "+m.scope)
			wanted = append(wanted, m.role())
		}
		lacks, roles = strings.Join(actions, ", "), strings.Join(wanted, "; ")
	}
	return fmt.Sprintf("The app's identity may not %s the Application Gateway %s (needed: %s). Give it the role %s; a new assignment takes some minutes.", verb, c.name, lacks, roles)
}
