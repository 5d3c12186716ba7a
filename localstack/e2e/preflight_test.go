package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/sjson"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/vaultsim"
)

// preflight asks for the report and returns what each check came to: true,
// false or nil, and what it said.
func preflight(t *testing.T, w *localstacktest.World, hostname string) (ok map[string]any, says map[string]string) {
	t.Helper()
	code, raw := w.Call(http.MethodGet, "/api/preflight?hostname="+hostname, "")
	var report struct {
		Checks []struct {
			Check, Finding, Fix string
			OK                  *bool
		}
	}
	if err := json.Unmarshal(raw, &report); err != nil || code != http.StatusOK || len(report.Checks) < 15 {
		t.Fatalf("preflight: %d %s", code, raw)
	}
	ok, says = map[string]any{}, map[string]string{}
	for _, c := range report.Checks {
		ok[c.Check], says[c.Check] = nil, c.Finding+" "+c.Fix
		if c.OK != nil {
			ok[c.Check] = *c.OK
		}
	}
	return ok, says
}

// The gateway has nothing on port 80 at first: certgate says so, makes the way
// for the validation file, waits until its backend has been probed, issues, and leaves
// a redirect behind.
func TestPort80IsMadeForTheFirstCertificateAndPreflightTellsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{BackendStartup: 15 * time.Second, Env: []string{"ManageHttpListener=true"}})
	document, _ := w.ARM.Document(localstack.GatewayID)
	bare := []byte(document)
	for _, collection := range []string{"httpListeners", "requestRoutingRules", "urlPathMaps"} {
		var err error
		if bare, err = sjson.SetRawBytes(bare, "properties."+collection, []byte("[]")); err != nil {
			t.Fatal(err)
		}
	}
	parts := strings.Split(localstack.GatewayID, "/")
	if _, err := w.ARM.AddGateway(parts[4], parts[8], bare); err != nil {
		t.Fatal(err)
	}

	ok, says := preflight(t, w, "shop.example.test")
	for check, came := range ok {
		want := any(true)
		if check == "gatewayIdentity" || check == "port80" {
			want = nil // shows with the first certificate
		}
		if came != want {
			t.Errorf("before: %s is %v, want %v: %s", check, came, want, says[check])
		}
	}
	if w.ARM.Puts() != 0 || w.Orders() != 0 {
		t.Error("preflight changed something")
	}

	completes(t, w, w.Request("shop.example.test"))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d/cart?item=1", w.Ports.GatewayHTTP), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "shop.example.test"
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if want := fmt.Sprintf("https://shop.example.test:%d/cart?item=1", w.Ports.GatewayHTTPS); resp.StatusCode != http.StatusMovedPermanently || resp.Header.Get("Location") != want {
		t.Errorf("plain HTTP is answered with %d to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	// A second hostname goes the way that is there, a renewal's would as well.
	completes(t, w, w.Request("www.example.test"))
	if n := w.ARM.Puts(); n != 3 {
		t.Errorf("%d writes of the gateway, want one for port 80 and one for each hostname", n)
	}

	w.DenyVault(func(method, path string) (vaultsim.Refusal, bool) {
		return vaultsim.Forbidden(), method == http.MethodPost && strings.HasSuffix(path, "/pending/merge")
	})
	ok, says = preflight(t, w, "shop.example.test")
	for check, came := range ok {
		if came != any(check != "vaultCertificates") {
			t.Errorf("after: %s is %v: %s", check, came, says[check])
		}
	}
	if !strings.Contains(says["managed"], "valid until") {
		t.Errorf("managed says %q", says["managed"])
	}
}
