package armsim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Permission is what one role assignment gives the caller, as
// Microsoft.Authorization/permissions shows it: actions with * for any
// characters, less notActions. Several add up.
type Permission struct {
	Actions        []string `json:"actions"`
	NotActions     []string `json:"notActions"`
	DataActions    []string `json:"dataActions"`
	NotDataActions []string `json:"notDataActions"`
}

// NetworkContributor is the built-in role of that name.
func NetworkContributor() Permission {
	return Permission{Actions: []string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Network/*",
		"Microsoft.ResourceHealth/availabilityStatuses/read", "Microsoft.Resources/deployments/*",
		"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*"}}
}

// DNSZoneContributor is the built-in role of that name.
func DNSZoneContributor() Permission {
	return Permission{Actions: []string{"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Network/dnsZones/*",
		"Microsoft.ResourceHealth/availabilityStatuses/read", "Microsoft.Resources/deployments/*",
		"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Support/*"}}
}

// ManagedIdentityOperator is the built-in role of that name.
func ManagedIdentityOperator() Permission {
	return Permission{Actions: []string{"Microsoft.ManagedIdentity/userAssignedIdentities/*/read", "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
		"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Resources/subscriptions/resourceGroups/read",
		"Microsoft.Resources/deployments/*", "Microsoft.Support/*"}}
}

// Reader is the built-in role of that name.
func Reader() Permission { return Permission{Actions: []string{"*/read"}} }

// permissionsOf is what the caller may do at a scope; without the option it is
// what certgate's documentation asks for.
func (s *Server) permissionsOf(scope string) []Permission {
	if s.options.Permissions != nil {
		return s.options.Permissions(scope)
	}
	granted := []Permission{NetworkContributor()}
	if strings.Contains(strings.ToLower(scope), "/userassignedidentities/") {
		granted = append(granted, ManagedIdentityOperator())
	}
	return granted
}

// listPermissions answers GET {scope}/providers/Microsoft.Authorization/permissions:
// every role assignment that reaches the scope, in one page.
func (s *Server) listPermissions(t target) (reply, error) {
	granted := slices.Clone(s.permissionsOf(t.id))
	for i := range granted {
		for _, list := range []*[]string{&granted[i].Actions, &granted[i].NotActions, &granted[i].DataActions, &granted[i].NotDataActions} {
			if *list == nil {
				*list = []string{}
			}
		}
	}
	return reply{status: http.StatusOK, body: map[string]any{"value": granted, "nextLink": nil}}, nil
}

// permit refuses a call on a resource that the caller has no permission for.
// Operations and permissions can be read by any caller that is signed in.
func (s *Server) permit(method string, t target) error {
	var action string
	switch t.kind {
	case kindGateway:
		action = typeGateway
	case kindPublicIP:
		action = typePublicIP
	case kindDNSZone, kindDNSZones:
		action = typeDNSZone
	case kindTXT:
		action = typeTXT
	default:
		return nil
	}
	switch method {
	case http.MethodGet:
		action += "/read"
	case http.MethodDelete:
		action += "/delete"
	default:
		action += "/write"
	}
	if s.may(t.id, action) {
		return nil
	}
	refusal := Forbidden()
	refusal.Message = "The client does not have authorization to perform action '" + action + "' over scope '" + t.id + "' or the scope is invalid. If access was recently granted, please refresh your credentials."
	return refusal
}

// may reports whether the caller has the action at the scope.
func (s *Server) may(scope, action string) bool {
	return slices.ContainsFunc(s.permissionsOf(scope), func(p Permission) bool {
		return coversAction(p.Actions, action) && !coversAction(p.NotActions, action)
	})
}

func coversAction(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		// "/*/" also stands for "/": Managed Identity Operator relies on it.
		expression := "(?i)^" + strings.ReplaceAll(strings.ReplaceAll(regexp.QuoteMeta(p), `/\*/`, "/(.*/)?"), `\*`, ".*") + "$"
		return regexp.MustCompile(expression).MatchString(action)
	})
}
