package armsim_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/localstack/armsim"
)

func TestAPutStartsAStoppedGatewayAndTagsDoNot(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{})
	if err := s.sim.Stop(s.id); err != nil {
		t.Fatal(err)
	}
	var running atomic.Bool
	running.Store(true)
	defer s.sim.Subscribe(func(c armsim.Change) { running.Store(c.Running) })()
	if _, err := s.do(t.Context(), http.MethodPatch, s.id, map[string]any{"tags": map[string]any{"a": "b"}}, nil); err != nil {
		t.Fatal(err)
	}
	d := s.get(t)
	if state := d.properties()["operationalState"]; state != "Stopped" || running.Load() {
		t.Errorf("after new tags the gateway is %v", state)
	}
	after, err := s.put(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if state := after.properties()["operationalState"]; state != "Running" || !running.Load() {
		t.Errorf("after the PUT the gateway is %v", state)
	}
	if tags := after["tags"].(map[string]any); tags["a"] != "b" {
		t.Errorf("tags are %v", tags)
	}
}

func TestSubscribersHaveADocumentBeforeTheClientSeesSuccess(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: 10 * time.Millisecond})
	var seen atomic.Int64
	cancel := s.sim.Subscribe(func(c armsim.Change) {
		if c.GatewayID == s.id && c.Running {
			seen.Add(1)
		}
	})
	if seen.Load() != 1 {
		t.Fatalf("told %d times on subscribing", seen.Load())
	}
	if _, err := s.put(t.Context(), s.get(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.do(t.Context(), http.MethodPatch, s.id, map[string]any{"tags": map[string]any{}}, nil); err != nil {
		t.Fatal(err)
	}
	if seen.Load() != 3 {
		t.Errorf("told %d times, want once for each of gateway, PUT and tags", seen.Load())
	}
	cancel()
	if _, err := s.put(t.Context(), s.get(t)); err != nil {
		t.Fatal(err)
	}
	if seen.Load() != 3 {
		t.Error("told after unsubscribing")
	}
}

func TestWhatIsNotThereAndWhoMayNot(t *testing.T) {
	t.Parallel()
	var deny atomic.Bool
	s := setup(t, armsim.Options{Deny: func(method, _ string) (armsim.Refusal, bool) {
		return armsim.Forbidden(), deny.Load() && method == http.MethodPut
	}})
	get := func(path string) error { _, err := s.do(t.Context(), http.MethodGet, path, nil, nil); return err }
	wantRefusal(t, get(strings.Replace(s.id, "/gw", "/other", 1)), 404, "ResourceNotFound", "")
	wantRefusal(t, get(strings.Replace(s.id, "/rg/", "/none/", 1)), 404, "ResourceGroupNotFound", "")
	wantRefusal(t, get("/subscriptions/other/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"), 404, "SubscriptionNotFound", "")
	if err := get(strings.ToUpper(s.id)); err != nil {
		t.Errorf("ids are compared with case: %v", err)
	}
	d := s.get(t)
	deny.Store(true)
	_, err := s.begin(t.Context(), d, "")
	wantRefusal(t, err, 403, "AuthorizationFailed", "")

	resp, err := http.Get(s.http.URL + s.id + "?api-version=" + apiVersion)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 || resp.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("without token: %d", resp.StatusCode)
	}
}

func TestThePublicAddressIsAResourceOfItsOwn(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{})
	ip := s.get(t).properties()["frontendIPConfigurations"].([]any)[0].(map[string]any)["properties"].(map[string]any)["publicIPAddress"].(map[string]any)["id"].(string)
	resp, err := s.do(t.Context(), http.MethodGet, ip, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got document
	if err := runtime.UnmarshalAsJSON(resp, &got); err != nil {
		t.Fatal(err)
	}
	if got.properties()["ipAddress"] != "127.0.0.1" || got.properties()["publicIPAddressVersion"] != "IPv4" {
		t.Errorf("public address is %v", got)
	}
}
