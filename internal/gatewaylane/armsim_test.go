package gatewaylane_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tidwall/sjson"

	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/localstack/armsim"
)

// simulated is a Resource Manager with one gateway.
func simulated(t *testing.T, options armsim.Options) (sim *armsim.Server, id string) {
	t.Helper()
	options.Subscription = "sub"
	sim = armsim.New(options)
	t.Cleanup(sim.Close)
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: "sub", ResourceGroup: "rg", Name: "gw",
		PublicIPID: sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "192.0.2.1"})})
	if err == nil {
		id, err = sim.AddGateway("rg", "gw", doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sim, id
}

// TestTheLocalStacksResourceManagerTakesWhatTheLaneWrites checks the documents
// against a second reading of the service's rules.
func TestTheLocalStacksResourceManagerTakesWhatTheLaneWrites(t *testing.T) {
	t.Parallel()
	sim, id := simulated(t, armsim.Options{})
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

// TestAListenerStandsThoughAnotherToolWritesAtTheSameTime is with a service that
// looks at If-Match, and with one that does not: the header is not in its contract.
func TestAListenerStandsThoughAnotherToolWritesAtTheSameTime(t *testing.T) {
	t.Parallel()
	for _, ignored := range []bool{false, true} {
		for name, late := range map[string]bool{"between our read and our write": false, "what it had read before, after our write": true} {
			t.Run(fmt.Sprintf("%s, If-Match ignored: %v", name, ignored), func(t *testing.T) {
				t.Parallel()
				sim, id := simulated(t, armsim.Options{IgnoreIfMatch: ignored})
				var other sync.Once // one write of another tool, which adds a port
				server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					stale, _ := sim.Document(id)
					write := func() {
						if r.Method != http.MethodPut {
							return
						}
						other.Do(func() {
							edited, err := sjson.SetRawBytes(stale, "properties.frontendPorts.-1", []byte(`{"name":"theirs","properties":{"port":8443}}`))
							if err != nil {
								t.Error(err)
							}
							reply := httptest.NewRecorder()
							sim.ServeHTTP(reply, httptest.NewRequest(http.MethodPut, id+"?api-version=2025-05-01", bytes.NewReader(edited)))
							if reply.Code != http.StatusOK {
								t.Errorf("the other tool's write: %d %s", reply.Code, reply.Body)
							}
						})
					}
					if !late {
						write()
					}
					sim.ServeHTTP(rw, r)
					if late {
						write()
					}
				}))
				t.Cleanup(server.Close)
				w := newWorldOn(t, nil, arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
					Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}},
					"gw", gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings"})
				ids := w.want(3)
				w.drain()
				now, _ := sim.Document(id)
				for i, id := range ids {
					if inst := w.load(id); inst.Status != durable.Completed || !parse(t, now).Has(listener(i), w.settings) {
						t.Errorf("instance %d is %s (%s), its listener stands: %v", i, inst.Status, inst.Custom.Message, parse(t, now).Has(listener(i), w.settings))
					}
				}
				if theirs := strings.Contains(string(now), `"theirs"`); !theirs && (late || !ignored) {
					t.Error("what the other tool wrote is lost")
				}
			})
		}
	}
}
