package settings

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"certgate/internal/issuance/managed"
)

// DefaultGateway is the name of the gateway whose settings begin with ApplicationGateway.
const DefaultGateway = managed.DefaultGateway

const gatewayFamily = "Gateway"

const gatewayIDExample = "/subscriptions/" + exampleGUID + "/resourceGroups/network-rg/providers/Microsoft.Network/applicationGateways/gateway-eu"

var gatewayID = regexp.MustCompile(`(?i)^/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\.Network/applicationGateways/([^/]+)$`)

// Gateways are the default one and the further ones, by name.
func (s *Settings) Gateways() []Gateway {
	first := s.Gateway
	first.Member, first.SubscriptionID = DefaultGateway, s.SubscriptionID
	return append([]Gateway{first}, s.MoreGateways...)
}

// moreGateway is the further gateway of a name; it is made if it is new.
func (s *Settings) moreGateway(name string) *Gateway {
	i := slices.IndexFunc(s.MoreGateways, func(g Gateway) bool { return g.Member == name })
	if i < 0 {
		i, s.MoreGateways = len(s.MoreGateways), append(s.MoreGateways, Gateway{Member: name})
	}
	return &s.MoreGateways[i]
}

func moreGatewaySettings() []Setting {
	setting := func(member string, t Setting, read func(*Settings, string, string) error) Setting {
		t.Name, t.readOf = gatewayFamily+anyName+member, read
		return t
	}
	text := func(place func(*Gateway) *string) func(*Settings, string, string) error {
		return ofMember((*Settings).moreGateway, place, gatewayPart)
	}
	return []Setting{
		setting("ResourceId", Setting{OfEach: true, Example: gatewayIDExample, Meaning: "resource id of a further gateway, under a name of yours, which requests give as one of `gateways`"},
			func(s *Settings, name, value string) error { return s.moreGateway(name).identify(value) }),
		setting("HttpSettings", Setting{OfEach: true, Example: "app-https-settings", Meaning: "as `ApplicationGatewayHttpSettingsName`, of the gateway of that name"},
			text(func(g *Gateway) *string { return &g.BackendSettingsName })),
		setting("BackendPool", Setting{OfEach: true, Example: "app-backend", Meaning: "as `ApplicationGatewayBackendName`, of the gateway of that name"},
			text(func(g *Gateway) *string { return &g.BackendPoolName })),
		setting("ManageHttpListener", Setting{Default: "false", Example: "true", Choices: []string{"true", "false"}, Meaning: "as `ManageHttpListener`, of the gateway of that name"},
			ofMember((*Settings).moreGateway, func(g *Gateway) *bool { return &g.ManageHTTPListener }, func(v string) (bool, error) { return v == "true", nil })),
	}
}

// identify takes a resource id apart.
func (g *Gateway) identify(id string) error {
	parts := gatewayID.FindStringSubmatch(id)
	if parts == nil {
		return errors.New("is not the resource id of an Application Gateway")
	}
	for i, check := range []func(string) (string, error){guid, resourceGroup, gatewayPart} {
		if _, err := check(parts[i+1]); err != nil {
			return fmt.Errorf("has a part that %w", err)
		}
	}
	g.SubscriptionID, g.ResourceGroup, g.Name = parts[1], parts[2], parts[3]
	return nil
}

// finishGateways finds what does not go together.
func (s *Settings) finishGateways(values map[string]string) (faults Faults) {
	if slices.Contains(members(gatewayFamily, values), DefaultGateway) {
		faults = append(faults, Fault{Setting: gatewayFamily + "__" + DefaultGateway + "__…", Problem: "has a name that is taken: the gateway default has the settings that begin with ApplicationGateway", Fix: "Choose another name, such as \"eu\"."})
	}
	slices.SortFunc(s.MoreGateways, func(a, b Gateway) int { return strings.Compare(a.Member, b.Member) })
	seen := map[string]string{}
	for _, g := range s.Gateways() {
		id := strings.ToLower(g.SubscriptionID + "/" + g.ResourceGroup + "/" + g.Name)
		if before := seen[id]; before != "" && g.Name != "" {
			faults = append(faults, Fault{Setting: gatewayFamily + "__" + g.Member + "__ResourceId", Problem: "is the gateway " + before + " again, and each may have one name only", Fix: "Remove the settings of one of the two names."})
		}
		seen[id] = g.Member
		for i := range s.MoreGateways {
			if s.MoreGateways[i].Member == g.Member { // they differ on the local stack only, and there all alike
				s.MoreGateways[i].HTTPPort, s.MoreGateways[i].HTTPSPort = s.Gateway.HTTPPort, s.Gateway.HTTPSPort
			}
		}
	}
	return faults
}
