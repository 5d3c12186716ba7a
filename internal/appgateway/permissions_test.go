package appgateway_test

import (
	"net/http/httptest"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
	"certgate/localstack/armsim"
)

func TestPermissionsAddUpAndExclusionsStayWithTheirAssignment(t *testing.T) {
	t.Parallel()
	const write = "Microsoft.Network/applicationGateways/write"
	role := func(actions ...string) armsim.Permission { return armsim.Permission{Actions: actions} }
	for name, c := range map[string]struct {
		granted []armsim.Permission
		action  string
		allowed bool
	}{
		"none":                           {nil, write, false},
		"everything":                     {[]armsim.Permission{role("*")}, write, true},
		"the action itself":              {[]armsim.Permission{role(write)}, write, true},
		"in other letters":               {[]armsim.Permission{role("microsoft.network/APPLICATIONGATEWAYS/Write")}, write, true},
		"the provider":                   {[]armsim.Permission{role("Microsoft.Network/*")}, write, true},
		"every read":                     {[]armsim.Permission{role("*/read")}, write, false},
		"every write":                    {[]armsim.Permission{role("*/write")}, write, true},
		"a longer name":                  {[]armsim.Permission{role("Microsoft.Network/applicationGateways/write/x")}, write, false},
		"another provider":               {[]armsim.Permission{role("Microsoft.NetworkFunction/*")}, write, false},
		"excluded":                       {[]armsim.Permission{{Actions: []string{"*"}, NotActions: []string{"Microsoft.Network/*/write"}}}, write, false},
		"excluded here, granted there":   {[]armsim.Permission{{Actions: []string{"*"}, NotActions: []string{"*/write"}}, role(write)}, write, true},
		"a wildcard between two slashes": {[]armsim.Permission{armsim.ManagedIdentityOperator()}, "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", true},
		"and not more":                   {[]armsim.Permission{armsim.ManagedIdentityOperator()}, "Microsoft.ManagedIdentity/userAssignedIdentities/write", false},
	} {
		sim := armsim.New(armsim.Options{Subscription: "sub", Permissions: func(scope string) []armsim.Permission {
			if scope != appgatewaytest.ID {
				t.Errorf("%s: scope %s", name, scope)
			}
			return c.granted
		}})
		t.Cleanup(sim.Close)
		server := httptest.NewServer(sim)
		t.Cleanup(server.Close)
		client, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{},
			Options: arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
				Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}}})
		if err != nil {
			t.Fatal(err)
		}
		permissions, err := client.Permissions(t.Context(), client.ID())
		if err != nil {
			t.Fatal(err)
		}
		if permissions.Allow(c.action) != c.allowed {
			t.Errorf("%s: allowed is %v", name, !c.allowed)
		}
	}
}
