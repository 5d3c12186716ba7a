package gatewaydoc_test

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

func TestANewListenerKeepsAHostnameUnderWhatProtectsIt(t *testing.T) {
	t.Parallel()
	const gw = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/applicationGateways/gw"
	raw := field(t, "07-")
	raw = with(t, raw, "properties.httpListeners.1.properties.customErrorConfigurations", `[{"statusCode":"HttpStatus403","customErrorPageUrl":"https://e.example/403"}]`)
	raw = with(t, raw, "properties.requestRoutingRules.1.properties.rewriteRuleSet", `{"id":"`+gw+`/rewriteRuleSets/headers"}`)
	doc := parse(t, raw)
	l := listener("new-example-com", "new.example.com")
	if _, err := doc.Want(l, fieldSettings); err != nil {
		t.Fatal(err)
	}
	after, err := doc.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"sslProfile", "firewallPolicy", "customErrorConfigurations"} {
		star := gjson.GetBytes(raw, "properties.httpListeners.1.properties."+member).Raw
		if got := entry(after, "httpListeners", "new-example-com-listener", "properties."+member); star == "" || strings.Join(strings.Fields(got), "") != strings.Join(strings.Fields(star), "") {
			t.Errorf("%s is %q, that of the wildcard %q", member, got, star)
		}
	}
	if got := entry(after, "requestRoutingRules", "new-example-com-rule", "properties.rewriteRuleSet.id"); got != gw+"/rewriteRuleSets/headers" {
		t.Errorf("the rewrite set is %q", got)
	}
	if got := entry(after, "requestRoutingRules", "new-example-com-rule", "properties.backendAddressPool.id"); got != gw+"/backendAddressPools/app" {
		t.Errorf("the pool is %q, want that of the settings", got)
	}
	remarks := parse(t, after).Remarks(l, fieldSettings)
	if len(remarks) != 1 || !strings.Contains(remarks[0], "star") || !strings.Contains(remarks[0], "partners") || !strings.Contains(remarks[0], "pool app") {
		t.Errorf("it is not said that the traffic goes elsewhere: %q", remarks)
	}
	if _, changed := apply(t, after, fieldSettings, l); changed {
		t.Error("the second time changes something")
	}
}

func TestAHostnameThatNothingElseAnswersForGetsAPlainListener(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, l)
	for _, member := range []string{"sslProfile", "firewallPolicy", "customErrorConfigurations"} {
		if got := entry(doc, "httpListeners", "a-example-edu-listener", "properties."+member); got != "" {
			t.Errorf("%s is %s", member, got)
		}
	}
	if remarks := parse(t, doc).Remarks(l, settings); len(remarks) != 0 {
		t.Errorf("%q", remarks)
	}
}

// under is the gateway with a path map in the rule of the wildcard listener.
func under(t *testing.T, pathRule string) []byte {
	t.Helper()
	doc := with(t, appgatewaytest.Gateway(), "properties.urlPathMaps", `[{"name":"routes","properties":{"defaultBackendAddressPool":{"id":"`+appgatewaytest.ID+`/backendAddressPools/web"},
		"defaultBackendHttpSettings":{"id":"`+appgatewaytest.ID+`/backendHttpSettingsCollection/https"},"defaultRewriteRuleSet":{"id":"`+appgatewaytest.ID+`/rewriteRuleSets/common"},
		"pathRules":[{"name":"admin","properties":{"paths":["/admin/*"]`+pathRule+`}}]}}]`)
	return with(t, doc, "properties.requestRoutingRules.1.properties", `{"ruleType":"PathBasedRouting","priority":9000,"httpListener":{"id":"`+appgatewaytest.ID+`/httpListeners/everything"},"urlPathMap":{"id":"`+appgatewaytest.ID+`/urlPathMaps/routes"}}`)
}

func TestWhatProtectsSinglePathsCannotBeTakenOver(t *testing.T) {
	t.Parallel()
	l := listener("a-example-org", "a.example.org")
	for name, pathRule := range map[string]string{
		"a firewall policy": `,"firewallPolicy":{"id":"/subscriptions/sub/resourceGroups/rg/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/admin"}`,
		"a rewrite set":     `,"rewriteRuleSet":{"id":"` + appgatewaytest.ID + `/rewriteRuleSets/own"}`,
	} {
		doc := parse(t, under(t, pathRule))
		changed, err := doc.Want(l, settings)
		wantFailure(t, err, issuance.CodeGatewayRefused, "everything", "admin", "routes", "by hand")
		if changed || doc.Changed() {
			t.Errorf("%s: the document changed all the same", name)
		}
	}
	doc, _ := apply(t, under(t, `,"rewriteRuleSet":{"id":"`+appgatewaytest.ID+`/rewriteRuleSets/common"}`), settings, l)
	if got := entry(doc, "requestRoutingRules", "a-example-org-rule", "properties.rewriteRuleSet.id"); got != appgatewaytest.ID+"/rewriteRuleSets/common" {
		t.Errorf("the rewrite set of the path map's default is not taken over: %q", got)
	}
	if remarks := parse(t, doc).Remarks(l, settings); len(remarks) != 1 || !strings.Contains(remarks[0], "path map routes") {
		t.Errorf("%q", remarks)
	}
}

func TestARedirectOfTheCoveringListenerIsSaid(t *testing.T) {
	t.Parallel()
	doc := with(t, appgatewaytest.Gateway(), "properties.requestRoutingRules.1.properties", `{"ruleType":"Basic","priority":9000,"httpListener":{"id":"`+appgatewaytest.ID+`/httpListeners/everything"},"redirectConfiguration":{"id":"`+appgatewaytest.ID+`/redirectConfigurations/to-tls"}}`)
	l := listener("a-example-org", "a.example.org")
	after, _ := apply(t, doc, gatewaydoc.Settings{BackendPool: "web"}, l)
	if remarks := parse(t, after).Remarks(l, settings); len(remarks) != 1 || !strings.Contains(remarks[0], "redirect to-tls") || !strings.Contains(remarks[0], "pool web") {
		t.Errorf("%q", remarks)
	}
}
