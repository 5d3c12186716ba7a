package preflight_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/sjson"

	"certgate/internal/gatewaydoc"
	"certgate/localstack/vaultsim"
)

func TestTheGatewaysSetUpIsJudged(t *testing.T) {
	t.Parallel()
	noPort80 := func(doc []byte) []byte {
		for _, collection := range []string{"httpListeners", "requestRoutingRules", "urlPathMaps"} {
			doc = set("properties."+collection, "[]")(doc)
		}
		return doc
	}
	for name, c := range map[string]struct {
		options options
		want    map[string][]string // check -> what it came to, and words
	}{
		"v1": {options{bend: set("properties.sku", `{"name":"Standard_Medium","tier":"Standard","capacity":2}`)},
			map[string][]string{"gatewayRunning": {"not", "v1 SKU", "Standard_v2"}}},
		"no identity": {options{bend: set("identity", "null")}, map[string][]string{"gatewayIdentity": {"not", "user-assigned identity"}}},
		"no such pool": {options{settings: gatewaydoc.Settings{BackendPool: "web"}},
			map[string][]string{"gatewayBackend": {"not", `"web"`, "There is: app"}}},
		"no such settings": {options{settings: gatewaydoc.Settings{HTTPSettings: "web"}},
			map[string][]string{"gatewayBackend": {"not", `"web"`, "There is: app-settings"}}},
		"full": {options{bend: func(doc []byte) []byte {
			for i := range 100 {
				doc = set("properties.sslCertificates.-1", fmt.Sprintf(`{"name":"c%d","properties":{"keyVaultSecretId":"https://other.vault.azure.net/secrets/c%d"}}`, i, i))(doc)
			}
			return doc
		}}, map[string][]string{"gatewayRoom": {"not", "100 of 100 certificates"}, "gatewayIdentity": {"unknown"}}},
		"nearly full": {options{bend: func(doc []byte) []byte {
			for i := range 95 {
				doc = set("properties.sslCertificates.-1", fmt.Sprintf(`{"name":"c%d","properties":{"keyVaultSecretId":"https://MyVault.vault.azure.net:443/secrets/c%d/"}}`, i, i))(doc)
			}
			return doc
		}}, map[string][]string{"gatewayRoom": {"ok", "95 of 100 certificates"}, "gatewayIdentity": {"ok", "95"}}},
		"HTTPS port without TLS": {options{bend: set("properties.httpListeners.0.properties.frontendPort.id", `"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw/frontendPorts/port-https"`)},
			map[string][]string{"gatewayHttpsPort": {"not", "without TLS"}, "challengePath": {"unknown", "every hostname"}}},
		"no public address": {options{bend: set("properties.frontendIPConfigurations.0.properties.publicIPAddress", "null")},
			map[string][]string{"gatewayAddress": {"not", "public IP address"}, "challengeFetch": {"unknown", "gatewayAddress"}}},
		"nothing on port 80": {options{bend: noPort80}, map[string][]string{"challengePath": {"unknown", "ManageHttpListener"}, "challengeFetch": {"unknown"}}},
		"nothing on port 80 yet": {options{bend: noPort80, manage: true},
			map[string][]string{"challengePath": {"ok", "will make"}, "challengeFetch": {"unknown", "certgate will make"}}},
		"no path rule": {options{bend: set("properties.urlPathMaps.0.properties.pathRules.0.properties.paths", `["/other/*"]`)},
			map[string][]string{"challengePath": {"not", "listener http", "/.well-known/acme-challenge/*"}, "challengeFetch": {"not", "answers 200", "not from blob storage"}}},
		"no path rule, though managed": {options{manage: true, bend: set("properties.urlPathMaps.0.properties.pathRules.0.properties.paths", `["/other/*"]`)},
			map[string][]string{"challengePath": {"not", "listener http"}, "challengeFetch": {"not"}}},
		"a backend that is ill": {options{override: func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
			return true
		}}, map[string][]string{"challengePath": {"ok"}, "challengeFetch": {"not", "502", "probe"}}},
		"no anonymous reads in the account": {options{override: storageSays(http.StatusConflict, "PublicAccessNotPermitted")},
			map[string][]string{"challengeFetch": {"not", "anonymous read access"}}},
		"a static website": {options{override: storageSays(http.StatusNotFound, "WebContentNotFound")}, map[string][]string{"challengeFetch": {"ok"}}},
		"perhaps no anonymous reads": {options{override: storageSays(http.StatusNotFound, "ResourceNotFound")},
			map[string][]string{"challengeFetch": {"unknown", "ResourceNotFound"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.options)
			found, _ := w.run("")
			for check, want := range c.want {
				w.want(found, check, want[0], want[1:]...)
			}
		})
	}
}

func storageSays(status int, code string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("x-ms-request-id", "1")
		w.Header().Set("x-ms-error-code", code)
		w.WriteHeader(status)
		return true
	}
}

func TestCertificatesThatTheGatewayCannotReadAreNamed(t *testing.T) {
	t.Parallel()
	const gw = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"
	w := newWorld(t, options{bend: func(doc []byte) []byte {
		for _, id := range []string{"fine", "disabled", "gone", "plain"} {
			doc = set("properties.sslCertificates.-1", `{"name":"`+id+`-entry","properties":{"keyVaultSecretId":"`+vaultURL+`:443/secrets/`+id+`/"}}`)(doc)
		}
		doc = set("properties.sslCertificates.-1", `{"name":"elsewhere","properties":{"keyVaultSecretId":"https://other.vault.azure.net/secrets/gone"}}`)(doc)
		return set("properties.httpListeners.-1", `{"name":"shop","properties":{"protocol":"Https","hostName":"shop.example.com","frontendIPConfiguration":{"id":"`+gw+
			`/frontendIPConfigurations/public"},"frontendPort":{"id":"`+gw+`/frontendPorts/port-https"},"sslCertificate":{"id":"`+gw+`/sslCertificates/disabled-entry"}}}`)(doc)
	}})
	w.holds("fine", true)
	w.holds("disabled", true)
	w.holds("plain", false)
	if err := w.keyvault.Disable(t.Context(), "disabled"); err != nil {
		t.Fatal(err)
	}
	found, _ := w.run("")
	w.want(found, "gatewayCertificates", "not", "disabled-entry", "is disabled", "httpListener shop", "gone-entry", "is not there", "No listener uses gone-entry: remove it from the gateway")
	for _, fine := range []string{"fine-entry", "plain-entry", "elsewhere"} {
		if f := found["gatewayCertificates"]; strings.Contains(f.Finding+f.Fix, fine) {
			t.Errorf("%s is complained about: %s (%s)", fine, f.Finding, f.Fix)
		}
	}
}

// Nothing is known of the entries then, so nothing is to be recovered.
func TestASilentVaultIsNoFaultOfTheGatewaysCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{
		bend: set("properties.sslCertificates.-1", `{"name":"shop","properties":{"keyVaultSecretId":"`+vaultURL+`/secrets/shop"}}`),
		denyVault: func(_, path string) (vaultsim.Refusal, bool) {
			return vaultsim.Refusal{Status: 503, Code: "ServiceUnavailable", Message: "Try later."}, strings.HasPrefix(path, "/secrets/shop")
		},
	})
	found, _ := w.run("")
	if f := found["gatewayCertificates"]; strings.Contains(f.Fix, "ecover") || !strings.Contains(f.Fix, "gain") {
		t.Errorf("%s (%s)", f.Finding, f.Fix)
	}
}

func TestAListenerThatAnswersForTheHostnameTodayIsNamed(t *testing.T) {
	t.Parallel()
	const gw = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"
	star := func(rule string) func([]byte) []byte {
		return func(doc []byte) []byte {
			doc = set("properties.sslCertificates.-1", `{"name":"star","properties":{"keyVaultSecretId":"https://other.vault.azure.net/secrets/star"}}`)(doc)
			doc = set("properties.backendAddressPools.-1", `{"name":"partners","properties":{}}`)(doc)
			doc = set("properties.urlPathMaps.-1", `{"name":"routes","properties":{"defaultBackendAddressPool":{"id":"`+gw+`/backendAddressPools/app"},"defaultBackendHttpSettings":{"id":"`+gw+
				`/backendHttpSettingsCollection/app-settings"},"pathRules":[{"name":"admin","properties":{"paths":["/admin/*"],"backendAddressPool":{"id":"`+gw+`/backendAddressPools/app"},"backendHttpSettings":{"id":"`+gw+
				`/backendHttpSettingsCollection/app-settings"},"firewallPolicy":{"id":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/admin"}}}]}}`)(doc)
			doc = set("properties.httpListeners.-1", `{"name":"star","properties":{"protocol":"Https","hostNames":["*.example.com"],"frontendIPConfiguration":{"id":"`+gw+
				`/frontendIPConfigurations/public"},"frontendPort":{"id":"`+gw+`/frontendPorts/port-https"},"sslCertificate":{"id":"`+gw+`/sslCertificates/star"}}}`)(doc)
			return set("properties.requestRoutingRules.-1", `{"name":"star","properties":{"priority":200,"httpListener":{"id":"`+gw+`/httpListeners/star"},`+rule+`}}`)(doc)
		}
	}
	to := func(pool string) string {
		return `"ruleType":"Basic","backendAddressPool":{"id":"` + gw + `/backendAddressPools/` + pool + `"},"backendHttpSettings":{"id":"` + gw + `/backendHttpSettingsCollection/app-settings"}`
	}
	for name, c := range map[string]struct {
		rule string
		want []string
	}{
		"the same pool": {to("app"), []string{"ok", "listener star", "firewall policy"}},
		"another pool":  {to("partners"), []string{"ok", "listener star", "pool partners", "pool app"}},
		"paths":         {`"ruleType":"PathBasedRouting","urlPathMap":{"id":"` + gw + `/urlPathMaps/routes"}`, []string{"not", "listener star", "admin", "by hand"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{bend: star(c.rule)})
			found, _ := w.run("shop.example.com")
			w.want(found, "listener", c.want[0], c.want[1:]...)
		})
	}
	w := newWorld(t, options{})
	found, _ := w.run("shop.example.com")
	w.want(found, "listener", "ok", "No other listener")
}

func TestAStoppedGatewayIsNotStarted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{})
	if err := w.arm.Stop(w.gatewayID); err != nil {
		t.Fatal(err)
	}
	found, _ := w.run("")
	w.want(found, "gatewayRunning", "not", "not running", "start it")
	w.want(found, "challengeFetch", "not", "refused")
	if doc, _ := w.arm.Document(w.gatewayID); !strings.Contains(string(doc), `"operationalState":"Stopped"`) || w.arm.Puts() != 0 {
		t.Error("the gateway was started")
	}
}

func TestAContainerThatNobodyMayReadIsNotTakenForFine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{blob: true, private: true})
	found, _ := w.run("")
	if f := found["challengeFetch"]; f.OK != nil && *f.OK {
		t.Errorf("it passed: %+v", f)
	}
}

func TestAListenerForTheHostnameDecidesOverThatForAll(t *testing.T) {
	t.Parallel()
	const gw = "/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"
	w := newWorld(t, options{manage: true, bend: func(doc []byte) []byte {
		for path, value := range map[string]string{
			"properties.httpListeners.-1": `{"name":"shop","properties":{"protocol":"Http","hostName":"shop.example.com","frontendIPConfiguration":{"id":"` + gw +
				`/frontendIPConfigurations/public"},"frontendPort":{"id":"` + gw + `/frontendPorts/port-http"}}}`,
			"properties.requestRoutingRules.-1": `{"name":"shop","properties":{"priority":10,"ruleType":"Basic","httpListener":{"id":"` + gw + `/httpListeners/shop"},"backendAddressPool":{"id":"` + gw +
				`/backendAddressPools/app"},"backendHttpSettings":{"id":"` + gw + `/backendHttpSettingsCollection/app-settings"}}}`,
		} {
			var err error
			if doc, err = sjson.SetRawBytes(doc, path, []byte(value)); err != nil {
				t.Fatal(err)
			}
		}
		return doc
	}})
	found, _ := w.run("shop.example.com")
	w.want(found, "challengePath", "not", "listener shop")
	w.want(found, "port80", "not", "not from blob storage")
	found, _ = w.run("other.example.com")
	w.want(found, "challengePath", "ok", "listener http")
	w.want(found, "port80", "ok")
}
