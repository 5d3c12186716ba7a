package gatewaylane_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/tidwall/sjson"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewaylane"
	"certgate/internal/issuance"
	"certgate/localstack/armsim"
	"certgate/localstack/gatewaysim"
	"certgate/localstack/process/processtest"
)

// leadFiles starts an instance that only wants port 80.
func (w *world) leadFiles() string {
	w.Helper()
	id, _, err := w.runner.Start(w.Context(), durable.Start{Flow: "LeadFiles", Claim: fmt.Sprintf("lead %d", w.clock.Now().UnixNano()), Input: json.RawMessage(`{}`)})
	if err != nil {
		w.Fatal(err)
	}
	w.clock.Advance(time.Millisecond)
	return id
}

func (w *world) addLeadFiles() {
	w.runner.Add(durable.Flow[struct{}]{
		Name: "LeadFiles",
		Steps: []durable.Step[struct{}]{{Name: "Upload", Within: 6 * time.Hour, Run: func(ctx context.Context, t durable.Turn, _ *struct{}) (durable.Outcome, error) {
			if done, err := w.lane.WantChallengePath(ctx, t); err != nil || done {
				return durable.Done(), err
			}
			return durable.Park(), nil
		}}},
		Begin: func(json.RawMessage) (s struct{}, err error) { return s, nil },
	}.Define())
}

// bareARM is the simulated Resource Manager with a gateway that has nothing on
// port 80, and that gateway, which serves what the document says.
func bareARM(t *testing.T, http80, https443 int) (*armsim.Server, arm.ClientOptions, string) {
	t.Helper()
	sim := armsim.New(armsim.Options{Subscription: "sub"})
	t.Cleanup(sim.Close)
	doc, err := armsim.DefaultGateway(armsim.GatewayOptions{Subscription: "sub", ResourceGroup: "rg", Name: "gw", HTTPPort: http80, HTTPSPort: https443,
		PublicIPID: sim.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip", Address: "192.0.2.1"})})
	if err != nil {
		t.Fatal(err)
	}
	for _, collection := range []string{"httpListeners", "requestRoutingRules", "urlPathMaps"} {
		if doc, err = sjson.SetRawBytes(doc, "properties."+collection, []byte("[]")); err != nil {
			t.Fatal(err)
		}
	}
	id, err := sim.AddGateway("rg", "gw", doc)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sim, arm.ClientOptions{ClientOptions: policy.ClientOptions{InsecureAllowCredentialWithHTTP: true, Cloud: cloud.Configuration{
		Services: map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: server.URL, Audience: "https://management.azure.com"}}}}}, id
}

type noSecrets struct{}

func (noSecrets) ReadSecret(context.Context, string) (string, string, error) {
	return "", "", errors.New("no vault here")
}

func TestPort80ServesValidationFilesAndRedirectsTheRest(t *testing.T) {
	t.Parallel()
	container := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "container ", r.URL.Path) }))
	t.Cleanup(container.Close)
	port80, port443 := processtest.FreePort(t), processtest.FreePort(t)
	sim, options, _ := bareARM(t, port80, port443)
	w := newWorldOn(t, nil, options, "gw", gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings", HTTPSPort: port443,
		HTTP: &gatewaydoc.HTTPSide{Port: port80, FilesURL: container.URL + "/account/challenges"}})
	w.addLeadFiles()
	gateway := gatewaysim.New(gatewaysim.Options{Secrets: noSecrets{}})
	t.Cleanup(gateway.Close)
	t.Cleanup(sim.Subscribe(func(c armsim.Change) {
		if err := gateway.Apply(c.Document, c.Running); err != nil {
			t.Errorf("apply: %v", err)
		}
	}))

	ids := []string{w.leadFiles(), w.leadFiles()}
	w.drain()
	if n := sim.Puts(); n != 1 {
		t.Errorf("%d writes for two that want port 80, want 1", n)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	get := func(host, path string) (status int, body, location string) {
		t.Helper()
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", port80, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(raw), resp.Header.Get("Location")
	}
	const file, stored = "/.well-known/acme-challenge/token-1", "container /account/challenges/.well-known/acme-challenge/token-1"
	// Before there is any certificate: files for everybody, and nothing else.
	if status, body, _ := get("new.example.edu", file); status != http.StatusOK || body != stored {
		t.Errorf("a file is %d %q", status, body)
	}
	if _, body, _ := get("new.example.edu", "/admin"); !strings.HasPrefix(body, "container /account/challenges/.well-known/acme-challenge/") {
		t.Errorf("another path is %q; only the container may answer without TLS", body)
	}

	ids = append(ids, w.want(3)...)
	w.drain()
	host := listener(1).Hostname
	if status, body, _ := get(host, file); status != http.StatusOK || body != stored {
		t.Errorf("with HTTPS, a file is %d %q", status, body)
	}
	if status, _, location := get(host, "/shop?page=2"); status != http.StatusMovedPermanently || location != fmt.Sprintf("https://%s:%d/shop?page=2", host, port443) {
		t.Errorf("the rest is %d to %q", status, location)
	}
	for _, id := range append(ids, w.leadFiles()) {
		w.drain()
		if inst := w.load(id); inst.Status != durable.Completed {
			t.Errorf("instance is %s: %s", inst.Status, inst.Custom.Message)
		}
	}
	if n := sim.Puts(); n != 2 {
		t.Errorf("%d writes, want 2", n)
	}
}

func TestPort80ThatStandsCostsNoMail(t *testing.T) {
	t.Parallel()
	_, options, _ := bareARM(t, 80, 443)
	s := gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings", HTTP: &gatewaydoc.HTTPSide{FilesURL: "https://a.blob.core.windows.net/c"}}
	first := newWorldOn(t, nil, options, "gw", s)
	first.addLeadFiles()
	first.leadFiles()
	first.drain()

	w := newWorldOn(t, nil, options, "gw", s) // another machine, which has seen nothing yet
	w.addLeadFiles()
	id := w.leadFiles()
	w.drain()
	if inst := w.load(id); inst.Status != durable.Completed {
		t.Fatalf("instance is %s: %s", inst.Status, inst.Custom.Message)
	}
	if w.calls.n > 2 { // the instance's own row, made and stored
		t.Errorf("%d storage calls", w.calls.n)
	}
}

// While an update runs the document shows the way, but the gateway does not serve
// it yet: an authority that looked now would see nothing.
func TestPort80DoesNotStandWhileTheUpdateRuns(t *testing.T) {
	t.Parallel()
	server := appgatewaytest.Start(t)
	server.Polls = 4
	w := newWorldOn(t, server, server.Options(), "gw", gatewaydoc.Settings{BackendPool: "web",
		HTTP: &gatewaydoc.HTTPSide{Port: 8080, FilesURL: "https://a.blob.core.windows.net/c"}})
	w.addLeadFiles()
	w.leadFiles()
	w.until(func() bool { return w.writes() == 1 })
	second := w.leadFiles()
	client, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: "gw", Credential: &fake.TokenCredential{}, Options: server.Options()})
	if err != nil {
		t.Fatal(err)
	}
	w.until(func() bool {
		doc, err := client.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		running := doc.Condition() == "Updating"
		if done := w.load(second).Status == durable.Completed; done && running {
			t.Error("the second went on before the gateway was ready")
			return true
		}
		return !running
	})
	w.drain()
	if inst := w.load(second); inst.Status != durable.Completed {
		t.Errorf("instance is %s: %s", inst.Status, inst.Custom.Message)
	}
	if n := w.writes(); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
}

func TestAnotherListenerOnPort80IsTheReasonOfTheFailureAndOfNobodyElses(t *testing.T) {
	t.Parallel()
	sim, options, id := bareARM(t, 80, 443)
	doc, _ := sim.Document(id)
	ref := func(part string) string { return `{"id":"` + id + "/" + part + `"}` }
	doc, err := sjson.SetRawBytes(doc, "properties.httpListeners", []byte(`[{"name":"theirs","properties":{"protocol":"Http","frontendIPConfiguration":`+
		ref("frontendIPConfigurations/public")+`,"frontendPort":`+ref("frontendPorts/port-http")+`}}]`))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sim.AddGateway("rg", "gw", doc); err != nil {
		t.Fatal(err)
	}
	w := newWorldOn(t, nil, options, "gw", gatewaydoc.Settings{BackendPool: "app", HTTPSettings: "app-settings",
		HTTP: &gatewaydoc.HTTPSide{FilesURL: "https://a.blob.core.windows.net/c"}})
	w.addLeadFiles()
	refused := w.leadFiles()
	ids := w.want(2)
	w.drain()
	if says := w.wantFailed(refused, issuance.CodeGatewayRefused); !strings.Contains(says, "theirs") {
		t.Errorf("the message does not name the listener: %s", says)
	}
	for _, id := range ids {
		if inst := w.load(id); inst.Status != durable.Completed {
			t.Errorf("instance is %s: %s", inst.Status, inst.Custom.Message)
		}
	}
	if w.laneID() != "" {
		t.Errorf("the lane %s did not end", gatewaylane.FlowName)
	}
}
