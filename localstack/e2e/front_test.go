package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"certgate/localstack"
	"certgate/localstack/armshelf"
	"certgate/localstack/frontsim"
	"certgate/localstack/localstacktest"
)

// A hostname leads to Front Door, and the gateway behind it lets in nobody else: by its
// addresses and by the header that says whose Front Door it is.
func TestACertificateIsProvedThroughTheFrontOfALockedGateway(t *testing.T) {
	t.Parallel()
	const host, name, endpoint, id = "shop.example.test", "shop-example-test", "shop-a1b2c3.z01.azurefd.net", "b2c3d4e5-0000-1111-2222-333344445555"
	edge := consumer(t)
	w := localstacktest.Start(t, localstack.Options{GatewayLocked: true, Env: []string{fmt.Sprintf(
		`InstallTargets={"edge":{"kind":"frontdoor","for":["*.example.test"],"profile":%q,"host":%q,"endpoints":[%q]}}`, frontDoor, endpoint, edge.Address()),
		"KeyVaultResourceId=" + localstack.VaultID}})
	w.Shelf.AddParent(frontDoor)
	w.Shelf.Set(func(o *armshelf.Options) {
		o.Read = func(_, secret string) { must(t, edge.Pull(t.Context(), w.Vault, secret)) }
	})
	w.OverrideChallenge(func(rw http.ResponseWriter, r *http.Request) bool { // a rule of the firewall
		if r.Header.Get("X-Azure-FDID") == id {
			return false
		}
		rw.WriteHeader(http.StatusForbidden)
		return true
	})
	const frontAddress = "127.0.0.9"
	front, err := frontsim.Start(frontsim.Options{Address: frontAddress, HTTPPort: w.Ports.GatewayHTTP, Origin: localstack.LockedAddress + ":" + strconv.Itoa(w.Ports.GatewayHTTP), ID: id})
	must(t, err)
	t.Cleanup(func() { front.Close() })
	dns := w.Pebble.DNS()
	must(t, dns.AddA(t.Context(), endpoint, frontAddress))
	must(t, dns.SetCNAME(t.Context(), host, endpoint))

	code, raw := w.Call(http.MethodGet, "/api/preflight?hostname="+host, "")
	if code != http.StatusOK || !strings.Contains(string(raw), "HTTP and without a redirect") {
		t.Errorf("before the domain is there preflight says %d %s", code, raw)
	}
	front.AddDomain(host)
	_, raw = w.Call(http.MethodGet, "/api/preflight?hostname="+host, "")
	var report struct {
		Checks []struct{ Check, State, Finding string }
		DNS    struct {
			Front  string
			Advice []struct{ Type, Value string }
		}
	}
	must(t, json.Unmarshal(raw, &report))
	for _, c := range report.Checks {
		if (c.Check == "dns" || c.Check == "port80") && (c.State != "fine" || !strings.Contains(c.Finding, "target edge")) {
			t.Errorf("preflight: %+v", c)
		}
	}
	if report.DNS.Front != endpoint || len(report.DNS.Advice) > 0 {
		t.Errorf("DNS is %+v", report.DNS)
	}

	completes(t, w, w.Request(host))
	if !slices.ContainsFunc(front.Seen(), func(asked string) bool {
		return strings.HasPrefix(asked, host+"/.well-known/acme-challenge/") && !strings.HasSuffix(asked, "certgate.check")
	}) {
		t.Errorf("the front saw %q", front.Seen())
	}
	if s := w.Finish(underWay(t, w, name)["edge"].Instance, patience); !strings.Contains(string(s.Output), `"result":"served"`) {
		t.Errorf("the delivery ended %s %+v", s.RuntimeStatus, s.CustomStatus)
	}
	_, raw = w.Call(http.MethodGet, "/api/certificates/"+name, "")
	var c struct{ State, Served string }
	must(t, json.Unmarshal(raw, &c))
	if c.State != "ok" || c.Served != "unknown" {
		t.Errorf("the certificate is %+v: %s", c, raw)
	}
}
