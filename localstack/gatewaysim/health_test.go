package gatewaysim_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"certgate/localstack/gatewaysim"
	"certgate/localstack/vaultsim"
)

func TestABackendThatAChangeHasBroughtAnswersWhenTheProbeHasSeenIt(t *testing.T) {
	t.Parallel()
	var now atomic.Int64
	s := setup(t, gatewaysim.Options{BackendStartup: 3 * time.Minute, Now: func() time.Time { return time.Unix(now.Load(), 0) }}, vaultsim.Options{})
	status := func(path string) int {
		t.Helper()
		code, _, _ := s.get(t, "www.example", path)
		return code
	}
	if got := status("/.well-known/acme-challenge/x"); got != http.StatusOK {
		t.Fatalf("what was there from the beginning answers %d", got)
	}
	s.change(t, func(d document) {
		d.add("backendHttpSettingsCollection", "new", map[string]any{"port": 443, "protocol": "Https", "path": "/acme/", "requestTimeout": 30})
		m := d.properties()["urlPathMaps"].([]any)[0].(map[string]any)["properties"].(map[string]any)
		m["pathRules"] = append(m["pathRules"].([]any), map[string]any{"name": "new", "properties": map[string]any{"paths": []any{"/new/*"},
			"backendAddressPool": d.ref("backendAddressPools", "acme-challenge"), "backendHttpSettings": d.ref("backendHttpSettingsCollection", "new")}})
	})
	now.Store(179)
	if got := status("/new/x"); got != http.StatusBadGateway {
		t.Errorf("before the probe: %d", got)
	}
	if got := status("/.well-known/acme-challenge/x"); got != http.StatusOK {
		t.Errorf("what was there before answers %d", got)
	}
	now.Store(180)
	if got := status("/new/x"); got != http.StatusOK {
		t.Errorf("after the probe: %d", got)
	}
}
