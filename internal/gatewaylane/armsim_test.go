package gatewaylane_test

import (
	"net/http/httptest"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/localstack/armsim"
)

// TestTheLocalStacksResourceManagerTakesWhatTheLaneWrites checks the documents
// against a second reading of the service's rules.
func TestTheLocalStacksResourceManagerTakesWhatTheLaneWrites(t *testing.T) {
	t.Parallel()
	sim := armsim.New(armsim.Options{Subscription: "sub"})
	t.Cleanup(sim.Close)
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: "sub", ResourceGroup: "rg", Name: "gw",
		PublicIPID: sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "192.0.2.1"})})
	if err != nil {
		t.Fatal(err)
	}
	id, err := sim.AddGateway("rg", "gw", doc)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	options := arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}}
	w := newWorldOn(t, nil, options, "gw", gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings"})

	ids := w.want(20)
	w.drain()
	gone := w.ask(wish{Listener: listener(3), Retire: true})
	w.drain()
	now, _ := sim.Document(id)
	for i, id := range append(ids, gone) {
		if inst := w.load(id); inst.Status != durable.Completed {
			t.Errorf("instance %d is %s: %s", i, inst.Status, inst.Custom.Message)
		}
	}
	for i := range ids {
		if parse(t, now).Has(listener(i), w.settings) != (i != 3) {
			t.Errorf("listener %d stands: %v", i, i == 3)
		}
	}
	if n := sim.Puts(); n != 2 {
		t.Errorf("%d writes, want 2", n)
	}
}
