package settings_test

import (
	"strings"
	"testing"

	"certgate/internal/settings"
)

const euGateway = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/eu-rg/providers/Microsoft.Network/applicationGateways/gateway-eu"

func eu(more map[string]string) []string {
	env := map[string]string{"Gateway__eu__ResourceId": euGateway, "Gateway__eu__BackendPool": "pool", "Gateway__eu__HttpSettings": "https"}
	for name, value := range more {
		env[name] = value
	}
	return with(env)
}

func TestFurtherGatewaysStandBesideTheDefaultOne(t *testing.T) {
	t.Parallel()
	s, err := settings.Load(eu(map[string]string{"Gateway__eu__ManageHttpListener": "TRUE", "Gateway__as__ResourceId": strings.ReplaceAll(euGateway, "eu", "as"), "Gateway__as__BackendPool": "p", "Gateway__as__HttpSettings": "h"}))
	if err != nil {
		t.Fatal(err)
	}
	all := s.Gateways()
	if len(all) != 3 || all[0].Member != "default" || all[0].Name != s.Gateway.Name || all[0].SubscriptionID != s.SubscriptionID || all[1].Member != "as" || all[1].ManageHTTPListener {
		t.Fatalf("%+v", all)
	}
	want := settings.Gateway{Member: "eu", SubscriptionID: "11111111-2222-3333-4444-555555555555", ResourceGroup: "eu-rg", Name: "gateway-eu",
		BackendPoolName: "pool", BackendSettingsName: "https", ManageHTTPListener: true, HTTPPort: s.Gateway.HTTPPort, HTTPSPort: s.Gateway.HTTPSPort}
	if all[2] != want {
		t.Errorf("%+v, want %+v", all[2], want)
	}
}

func TestWhatIsWrongWithAGatewayIsTold(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"Gateway__eu__BackendPool": ""}, "Gateway__eu__BackendPool is missing"},
		{map[string]string{"Gateway__eu__ResourceId": "gateway-eu"}, "is not the resource id of an Application Gateway"},
		{map[string]string{"Gateway__eu__ResourceId": strings.Replace(euGateway, "5555", "", 1)}, "has a part that is not a GUID"},
		{map[string]string{"Gateway__two__ResourceId": strings.Replace(euGateway, "gateway-eu", "Gateway-EU", 1), "Gateway__two__BackendPool": "p", "Gateway__two__HttpSettings": "h"}, "is the gateway eu again"},
		{map[string]string{"Gateway__default__ResourceId": euGateway}, "has a name that is taken"},
		{map[string]string{"Gateway__eu__Pool": "x"}, "Gateway__eu__Pool is no setting of certgate"},
	} {
		if _, err := settings.Load(eu(c.env)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.env, err, c.want)
		}
	}
}
