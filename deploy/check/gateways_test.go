package check

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// The commands for a network team name each gateway and all that it is joined to, once.
func TestTheCommandsForRolesNameEachGateway(t *testing.T) {
	t.Parallel()
	s := find(t, "everything")
	raw, err := json.Marshal(s.Outputs["gatewayRoleCommands"])
	if err != nil {
		t.Fatal(err)
	}
	commands := strings.ToLower(string(raw))
	for _, end := range []string{"applicationgateways/shared", "applicationgateways/shared-eu", "hub-eu/subnets/gateway", "publicipaddresses/shared-eu",
		"applicationgatewaywebapplicationfirewallpolicies/shared", "userassignedidentities/gateway"} {
		if n := len(regexp.MustCompile(regexp.QuoteMeta(end)+`(?:[^a-z0-9-]|$)`).FindAllString(commands, -1)); n != 1 {
			t.Errorf("%d commands are for %s:\n%s", n, end, commands)
		}
	}
}

// A failed write of each gateway is told, in the subscription where it is written.
func TestEachGatewayHasTheAlarmOfFailedWrites(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(find(t, "several-gateways").Of("Microsoft.Insights/activityLogAlerts"))
	if err != nil {
		t.Fatal(err)
	}
	alarms := string(raw)
	for _, id := range []string{"11111111-1111-1111-1111-111111111111/resourceGroups/network/providers/Microsoft.Network/applicationGateways/shared",
		"11111111-1111-1111-1111-111111111111/resourceGroups/Network/providers/Microsoft.Network/applicationGateways/second",
		"55555555-5555-5555-5555-555555555555/resourceGroups/network-eu/providers/Microsoft.Network/applicationGateways/front"} {
		if !strings.Contains(alarms, `"/subscriptions/`+id+`"`) {
			t.Errorf("no alarm looks at %s", id)
		}
	}
	if n := strings.Count(alarms, `"scopes":["/subscriptions/55555555-5555-5555-5555-555555555555"]`); n != 1 {
		t.Errorf("%d alarms look at the third gateway's subscription", n)
	}
}
