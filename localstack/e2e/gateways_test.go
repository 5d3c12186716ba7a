package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"certgate/internal/hostname"
	"certgate/localstack"
	"certgate/localstack/localstacktest"
)

// moves takes a certificate from the first gateway to the second and back, without an order.
func moves(t *testing.T, w *localstacktest.World, here string) {
	t.Helper()
	name, dns := hostname.CertificateName(here), w.Pebble.DNS()
	for _, to := range []int{1, 0} {
		must(t, dns.ClearA(t.Context(), here))
		must(t, dns.AddA(t.Context(), here, localstack.GatewayAddress(to)))
		code, raw := w.Call(http.MethodPut, "/api/certificates/"+name, `{"hostnames":[{"hostname":"`+here+`"}],"gateways":["`+localstack.GatewayName(to)+`"],"removeGateways":true}`)
		var started struct{ ID string }
		if code != http.StatusAccepted || json.Unmarshal(raw, &started) != nil {
			t.Fatalf("move: %d %s", code, raw)
		}
		completes(t, w, started.ID)
		must(t, w.CheckServedOn(t.Context(), to, here, "https://"+localstack.VaultHost+"/secrets/"+name))
		if slices.Contains(w.ListenersOn(1-to), here) || w.Versions(name) != 1 {
			t.Errorf("on gateway %d are %q, %d versions", 1-to, w.ListenersOn(1-to), w.Versions(name))
		}
	}
}

// One certificate on each of two gateways and one on both: issued, renewed, retired.
func TestCertificatesAreOnTheGatewaysThatAreAskedFor(t *testing.T) {
	t.Parallel()
	const here, there, both = "here.example.test", "there.example.test", "both.example.test"
	w := localstacktest.Start(t, localstack.Options{Gateways: 2})
	must(t, w.Pebble.DNS().AddA(t.Context(), there, localstack.GatewayAddress(1)))
	must(t, w.Pebble.DNS().AddA(t.Context(), both, localstack.GatewayAddress(0), localstack.GatewayAddress(1)))
	ask := func(method, path, body string) (id string) {
		var started struct{ ID string }
		if code, raw := w.Call(method, path, body); code != http.StatusAccepted || json.Unmarshal(raw, &started) != nil {
			t.Fatalf("%s %s: %d %s", method, path, code, raw)
		}
		return started.ID
	}
	if code, raw := w.Call(http.MethodPost, "/api/certificates", `{"hostnames":[{"hostname":"here.example.test","gateway":"us"}]}`); code != http.StatusBadRequest {
		t.Errorf("a gateway that is not there: %d %s", code, raw)
	}
	many := ask(http.MethodPost, "/api/certificates", `{"hostnames":[{"hostname":"here.example.test"},{"hostname":"there.example.test","gateway":"gateway2"}]}`)
	one := ask(http.MethodPost, "/api/certificates", `{"hostnames":[{"hostname":"both.example.test"}],"gateways":["default","gateway2"]}`)
	completes(t, w, many)
	completes(t, w, one)
	served := func() {
		t.Helper()
		for host, gateways := range map[string][]int{here: {0}, there: {1}, both: {0, 1}} {
			for _, n := range gateways {
				must(t, w.CheckServedOn(t.Context(), n, host, "https://"+localstack.VaultHost+"/secrets/"+hostname.CertificateName(host)))
			}
		}
		for n, hosts := range [][]string{{both, here}, {both, there}} {
			if got := slices.Sorted(slices.Values(w.ListenersOn(n))); !slices.Equal(got, hosts) {
				t.Errorf("gateway %d has listeners for %q", n, got)
			}
		}
	}
	served()
	var shown struct {
		Gateways []struct {
			Name         string
			Answers      bool
			Certificates int
		}
	}
	if code, raw := w.Call(http.MethodGet, "/api/gateways", ""); code != http.StatusOK || json.Unmarshal(raw, &shown) != nil || len(shown.Gateways) != 2 ||
		shown.Gateways[1].Name != "gateway2" || !shown.Gateways[1].Answers || shown.Gateways[1].Certificates != 2 {
		t.Errorf("the gateways: %d %s", code, raw)
	}
	ask(http.MethodPost, "/api/certificates/"+hostname.CertificateName(both)+"/renew", "")
	completes(t, w, newest(t, w, "RenewCertificateFunctions"))
	if w.Versions(hostname.CertificateName(both)) != 2 {
		t.Errorf("%d versions", w.Versions(hostname.CertificateName(both)))
	}
	served()
	moves(t, w, here)
	for _, host := range []string{both, there} {
		retired := w.Finish(ask(http.MethodDelete, "/api/certificates/"+hostname.CertificateName(host), ""), patience)
		if retired.RuntimeStatus != "Completed" {
			t.Errorf("%s: %+v", host, retired.CustomStatus)
		}
	}
	if here0, here1 := w.ListenersOn(0), w.ListenersOn(1); !slices.Equal(here0, []string{here}) || len(here1) != 0 {
		t.Errorf("listeners left: %q and %q", here0, here1)
	}
	nothingLeft(t, w, hostname.CertificateName(both))
}
