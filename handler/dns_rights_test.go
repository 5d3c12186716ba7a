package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/appgateway"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
	"certgate/internal/settings"
	"certgate/localstack/armsim"
)

func TestRightsThatAreMissingOnAZoneOfAzureDNSAreNamed(t *testing.T) {
	t.Parallel()
	const zone = "/subscriptions/sub/resourceGroups/dns/providers/Microsoft.Network/dnszones/example.com"
	granted := []armsim.Permission{}
	down := false
	sim := armsim.New(armsim.Options{Subscription: "sub", Permissions: func(scope string) []armsim.Permission {
		if scope != zone {
			t.Errorf("asked for %s", scope)
		}
		return granted
	}})
	t.Cleanup(sim.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{},
		Options: arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}}})
	if err != nil {
		t.Fatal(err)
	}
	ask := lacks(&settings.DNSAccount{Provider: "azuredns"}, client.Permissions)
	for _, c := range []struct {
		role armsim.Permission
		want []string
	}{
		{armsim.DNSZoneContributor(), nil},
		{armsim.Reader(), []string{"Microsoft.Network/dnsZones/TXT/write", "Microsoft.Network/dnsZones/TXT/delete"}},
		{armsim.Permission{}, txtRights},
	} {
		granted = []armsim.Permission{c.role}
		if got, err := ask(t.Context(), dnsproviders.Zone{ID: zone}); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, %v", c.role.Actions, got, err)
		}
	}
	down = true
	if _, err := ask(t.Context(), dnsproviders.Zone{ID: zone}); durable.Says(err) != "Azure Resource Manager does not tell what the app's identity may do on the zone." {
		t.Errorf("got %v", err)
	}
	if lacks(&settings.DNSAccount{Provider: "route53"}, client.Permissions) != nil {
		t.Error("Route 53 is asked at Resource Manager")
	}
}
