package gatewaydoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

const shop = "shop-example-net"

// entry reads a member of a named entry of a collection.
func entry(doc []byte, collection, name, path string) string {
	return gjson.GetBytes(doc, fmt.Sprintf("properties.%s.#(name==%q).%s", collection, name, path)).String()
}

// with sets a member of a document; value is raw JSON.
func with(t testing.TB, doc []byte, path, value string) []byte {
	t.Helper()
	out, err := sjson.SetRawBytes(doc, path, []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestANewHostnameGetsCertificateListenerAndRule(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, listener("a-example-edu", "a.example.edu"))
	for _, c := range []struct{ collection, name, path, want string }{
		{"sslCertificates", "a-example-edu", "properties.keyVaultSecretId", "https://v.vault.azure.net/secrets/a-example-edu"},
		{"httpListeners", "a-example-edu-listener", "properties.protocol", "Https"},
		{"httpListeners", "a-example-edu-listener", "properties.hostName", "a.example.edu"},
		{"httpListeners", "a-example-edu-listener", "properties.requireServerNameIndication", "true"},
		{"httpListeners", "a-example-edu-listener", "properties.frontendPort.id", appgatewaytest.ID + "/frontendPorts/tls"},
		{"httpListeners", "a-example-edu-listener", "properties.frontendIPConfiguration.id", appgatewaytest.ID + "/frontendIPConfigurations/public"},
		{"httpListeners", "a-example-edu-listener", "properties.sslCertificate.id", appgatewaytest.ID + "/sslCertificates/a-example-edu"},
		{"requestRoutingRules", "a-example-edu-rule", "properties.ruleType", "Basic"},
		{"requestRoutingRules", "a-example-edu-rule", "properties.httpListener.id", appgatewaytest.ID + "/httpListeners/a-example-edu-listener"},
		{"requestRoutingRules", "a-example-edu-rule", "properties.backendAddressPool.id", appgatewaytest.ID + "/backendAddressPools/web"},
		{"requestRoutingRules", "a-example-edu-rule", "properties.backendHttpSettings.id", appgatewaytest.ID + "/backendHttpSettingsCollection/https"},
	} {
		if got := entry(doc, c.collection, c.name, c.path); got != c.want {
			t.Errorf("%s %s %s is %q, want %q", c.collection, c.name, c.path, got, c.want)
		}
	}
}

func TestAWildcardCertificateGetsHostNames(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, listener("wildcard-example-edu", "*.example.edu"))
	if got := entry(doc, "httpListeners", "wildcard-example-edu-listener", "properties.hostNames.0"); got != "*.example.edu" {
		t.Errorf("hostNames is %q", got)
	}
	if entry(doc, "httpListeners", "wildcard-example-edu-listener", "properties.hostName") != "" {
		t.Error("a listener may have hostName or hostNames, not both")
	}
}

func TestAPortThatIsMissingIsAdded(t *testing.T) {
	t.Parallel()
	s := settings
	s.HTTPSPort = 8443
	doc, _ := apply(t, appgatewaytest.Gateway(), s, listenersFor(2)...)
	if got := entry(doc, "frontendPorts", "port_8443", "properties.port"); got != "8443" {
		t.Errorf("port_8443 is %q", got)
	}
	if n := gjson.GetBytes(doc, "properties.frontendPorts.#").Int(); n != 3 {
		t.Errorf("%d ports, want one new for both listeners", n)
	}
}

func TestCertificateReferencesArePutRight(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	standing, _ := apply(t, appgatewaytest.Gateway(), settings, l)
	const path = "properties.sslCertificates.2.properties.keyVaultSecretId"
	for _, c := range []struct{ name, secret string }{
		{"pinned to a version", l.SecretID + "/0123456789abcdef0123456789abcdef"},
		{"pinned, with the port", "https://v.vault.azure.net:443/secrets/A-Example-Edu/0123456789abcdef0123456789abcdef/"},
		{"of another vault", "https://old.vault.azure.net/secrets/a-example-edu"},
		{"of another secret", "https://v.vault.azure.net/secrets/other"},
	} {
		doc := with(t, standing, path, fmt.Sprintf("%q", c.secret))
		if parse(t, doc).Has(l, settings) {
			t.Errorf("%s: it stands before", c.name)
		}
		repaired, changed := apply(t, doc, settings, l)
		if !changed || gjson.GetBytes(repaired, path).String() != l.SecretID {
			t.Errorf("%s: it is %s", c.name, gjson.GetBytes(repaired, path))
		}
		if string(with(t, repaired, path, fmt.Sprintf("%q", c.secret))) != string(doc) {
			t.Errorf("%s: more than the secret id changed", c.name)
		}
	}
	for _, same := range []string{l.SecretID + "/", strings.ToUpper(l.SecretID), "https://V.vault.azure.net:443/secrets/a-example-edu/"} {
		doc := with(t, standing, path, fmt.Sprintf("%q", same))
		if _, changed := apply(t, doc, settings, l); changed || !parse(t, doc).Has(l, settings) {
			t.Errorf("%s names the same secret and was changed", same)
		}
	}
}

// A pinned reference is the same certificate, so it is put right though a listener
// with other hostnames uses it as well.
func TestAPinnedReferenceIsPutRightUnderOtherListeners(t *testing.T) {
	t.Parallel()
	wild := issuance.Listener{Name: "wild", Hostname: "w.example.edu", SecretID: "https://other.vault.azure.net/secrets/wild"}
	for _, pinned := range []string{wild.SecretID + "/0123", "https://OTHER.vault.azure.net:443/secrets/wild/0123/"} {
		doc, _ := apply(t, with(t, appgatewaytest.Gateway(), "properties.sslCertificates.1.properties.keyVaultSecretId", fmt.Sprintf("%q", pinned)), settings, wild)
		if got := entry(doc, "sslCertificates", "wild", "properties.keyVaultSecretId"); got != wild.SecretID {
			t.Errorf("%s is %s", pinned, got)
		}
	}
}

func TestAListenerOfOursIsPutRight(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	standing, _ := apply(t, appgatewaytest.Gateway(), settings, l)
	const own = "properties.httpListeners.3.properties."
	for _, c := range []struct{ name, path, value string }{
		{"another certificate", own + "sslCertificate.id", `"` + appgatewaytest.ID + `/sslCertificates/legacy"`},
		{"no certificate", own + "sslCertificate", `null`},
		{"no TLS", own + "protocol", `"Http"`},
		{"the private address", own + "frontendIPConfiguration.id", `"` + appgatewaytest.ID + `/frontendIPConfigurations/private"`},
		{"the other port", own + "frontendPort.id", `"` + appgatewaytest.ID + `/frontendPorts/http"`},
	} {
		repaired, changed := apply(t, with(t, standing, c.path, c.value), settings, l)
		if !changed || !parse(t, repaired).Has(l, settings) {
			t.Errorf("%s: changed=%v, and it does not stand", c.name, changed)
		}
		if n := gjson.GetBytes(repaired, "properties.httpListeners.#").Int(); n != 4 {
			t.Errorf("%s: %d listeners, want the same 4", c.name, n)
		}
	}
}

func TestAListenerMadeByHandIsTakenOverByItsCertificateAlone(t *testing.T) {
	t.Parallel()
	before := appgatewaytest.Gateway()
	doc, _ := apply(t, before, settings, listener(shop, "shop.example.net"))
	if got := entry(doc, "httpListeners", "shop", "properties.sslCertificate.id"); got != appgatewaytest.ID+"/sslCertificates/"+shop {
		t.Errorf("its certificate is %s", got)
	}
	if n := gjson.GetBytes(doc, "properties.httpListeners.#").Int(); n != 3 {
		t.Errorf("%d listeners, want the same 3", n)
	}
	if a, b := gjson.GetBytes(before, "properties.requestRoutingRules").Raw, gjson.GetBytes(doc, "properties.requestRoutingRules").Raw; a != b {
		t.Error("its rule changed")
	}
	restored := with(t, doc, "properties.httpListeners.0.properties.sslCertificate", gjson.GetBytes(before, "properties.httpListeners.0.properties.sslCertificate").Raw)
	if gjson.GetBytes(restored, "properties.httpListeners").Raw != gjson.GetBytes(before, "properties.httpListeners").Raw {
		t.Error("more of it than its certificate changed")
	}
}

func TestWhatBelongsToOthersIsRefusedByName(t *testing.T) {
	t.Parallel()
	base := appgatewaytest.Gateway()
	shared := with(t, base, "properties.httpListeners.0.properties.hostNames", `["www.example.net"]`)
	taken, _ := apply(t, base, settings, listener("a-example-edu", "a.example.edu"))
	for _, c := range []struct {
		name     string
		doc      []byte
		want     issuance.Listener
		mentions string
	}{
		{"a listener with several hostnames", shared, listener("www-example-net", "www.example.net"), "shop"},
		{"a listener name with another hostname", taken, listener("a-example-edu", "b.example.edu"), "a-example-edu-listener"},
		{"a certificate name that others use", base, issuance.Listener{Name: "wild", Hostname: "w.example.edu", SecretID: "https://v.vault.azure.net/secrets/w"}, "everything"},
		{"a listener without TLS on the port", with(t, base, "properties.httpListeners.0.properties.protocol", `"Http"`), listener(shop, "shop.example.net"), "shop"},
		{"a rule name for another listener", with(t, base, "properties.requestRoutingRules.0.name", `"a-example-edu-rule"`), listener("a-example-edu", "a.example.edu"), "a-example-edu-rule"},
	} {
		edited, changed, refused, err := applyAll(c.doc, []issuance.Listener{c.want}, settings)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		wantFailure(t, refused[c.want.Name], issuance.CodeGatewayRefused, c.mentions)
		if changed || string(edited) != string(c.doc) {
			t.Errorf("%s: the document changed all the same", c.name)
		}
	}
}

func TestOneRefusedWantDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	bad := listener("everything", "*.example.org") // the listener that has it serves another hostname too
	edited, changed, refused, err := applyAll(appgatewaytest.Gateway(), []issuance.Listener{listenersFor(2)[0], bad, listenersFor(2)[1]}, settings)
	if err != nil || !changed || len(refused) != 1 {
		t.Fatalf("changed=%v refused=%v err=%v", changed, refused, err)
	}
	for _, l := range listenersFor(2) {
		if !parse(t, edited).Has(l, settings) {
			t.Errorf("%s does not stand", l.Hostname)
		}
	}
	if parse(t, edited).HasCertificate("everything") {
		t.Error("the refused one left its certificate entry behind")
	}
}

func TestTheGatewayAsAWholeCanBeUnfit(t *testing.T) {
	t.Parallel()
	base := appgatewaytest.Gateway()
	for _, c := range []struct{ name, path, value, code, mentions string }{
		{"stopped", "properties.operationalState", `"Stopped"`, issuance.CodeGatewayStopped, "gw"},
		{"version 1", "properties.sku.tier", `"WAF"`, issuance.CodeGatewayV1, "WAF_v2"},
		{"with a certificate that the asked version hides", "properties.sslCertificates.0.properties", `{"provisioningState":"Succeeded"}`, issuance.CodeGatewayRefused, "legacy"},
	} {
		_, _, _, err := applyAll(with(t, base, c.path, c.value), listenersFor(1), settings)
		wantFailure(t, err, c.code, c.mentions)
	}
	private := with(t, base, "properties.frontendIPConfigurations.1.properties.publicIPAddress", `null`)
	_, _, refused, _ := applyAll(private, listenersFor(1), settings)
	wantFailure(t, refused["h000-example-edu"], issuance.CodeGatewayNoPublicIP, "gw")
}

func TestSettingsThatNameNothingSayWhatThereIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		settings gatewaydoc.Settings
		mentions []string
	}{
		{gatewaydoc.Settings{BackendPool: "nope", HTTPSettings: "https"}, []string{"nope", "web", "blob"}},
		{gatewaydoc.Settings{BackendPool: "web", HTTPSettings: "nope"}, []string{"nope", "https"}},
		{gatewaydoc.Settings{}, []string{"exactly one backend pool", "web, blob"}},
	} {
		_, _, refused, err := applyAll(appgatewaytest.Gateway(), listenersFor(1), c.settings)
		if err != nil {
			t.Fatal(err)
		}
		wantFailure(t, refused["h000-example-edu"], issuance.CodeGatewaySettings, c.mentions...)
	}
	doc, _ := apply(t, appgatewaytest.Gateway(), gatewaydoc.Settings{BackendPool: "web"}, listenersFor(1)...)
	if got := entry(doc, "requestRoutingRules", "h000-example-edu-rule", "properties.backendHttpSettings.id"); !strings.HasSuffix(got, "/https") {
		t.Errorf("the only settings entry was not taken: %q", got)
	}
}

func TestARefreshIsATagThatChangesOnce(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	standing, _ := apply(t, appgatewaytest.Gateway(), settings, l)
	l.Refresh = "v2"
	doc, changed := apply(t, standing, settings, l)
	if !changed || gjson.GetBytes(doc, "tags.certgate-refresh").String() != "a-example-edu v2" {
		t.Fatalf("changed=%v, tags are %s", changed, gjson.GetBytes(doc, "tags"))
	}
	if gjson.GetBytes(doc, "tags.owner").Raw != gjson.GetBytes(standing, "tags.owner").Raw {
		t.Error("another tag changed")
	}
	if _, changed = apply(t, doc, settings, l); changed {
		t.Error("the same refresh again changed the tag")
	}
	l.Refresh = "v3"
	if _, changed = apply(t, doc, settings, l); !changed {
		t.Error("the next refresh changed nothing")
	}
	if _, changed = apply(t, with(t, standing, "tags", `null`), settings, l); !changed {
		t.Error("a gateway without tags was not refreshed")
	}
}
