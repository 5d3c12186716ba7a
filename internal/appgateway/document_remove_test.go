package appgateway_test

import (
	"bytes"
	"testing"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

func TestRemoveTakesOutWhatApplyPutIn(t *testing.T) {
	t.Parallel()
	before := appgatewaytest.Gateway()
	doc, _ := apply(t, before, settings, listenersFor(3)...)
	only, _ := apply(t, before, settings, listenersFor(3)[1])
	for _, names := range [][]string{{"h000-example-edu", "h002-example-edu"}, {"h002-example-edu", "h000-example-edu", "never-there"}} {
		after, changed, refused, err := appgateway.Remove(doc, names...)
		if err != nil || !changed || len(refused) > 0 {
			t.Fatalf("changed=%v refused=%v err=%v", changed, refused, err)
		}
		if !appgateway.Stands(after, listenersFor(3)[1]) || appgateway.Holds(after, "h000-example-edu") || appgateway.Holds(after, "h002-example-edu") {
			t.Errorf("after removing %v: %s", names, after)
		}
		if len(after) != len(only) { // priorities differ, nothing else
			t.Errorf("%d bytes are left, want %d", len(after), len(only))
		}
	}
}

func TestListsOfUsersThatTheServiceShowsAreNotUses(t *testing.T) {
	t.Parallel()
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, listenersFor(1)...)
	users := `[{"id":"` + appgatewaytest.ID + `/httpListeners/h000-example-edu-listener"}]`
	for _, path := range []string{"sslCertificates.2", "frontendPorts.1", "frontendIPConfigurations.1"} {
		doc = with(t, doc, "properties."+path+".properties.httpListeners", users)
	}
	after, changed, refused, err := appgateway.Remove(doc, "h000-example-edu")
	if err != nil || !changed || len(refused) > 0 || appgateway.Holds(after, "h000-example-edu") {
		t.Errorf("changed=%v refused=%v err=%v", changed, refused, err)
	}
}

func TestRemoveWithoutAnythingToRemoveKeepsTheBytes(t *testing.T) {
	t.Parallel()
	before := appgatewaytest.Gateway()
	after, changed, _, err := appgateway.Remove(before, "never-there")
	if err != nil || changed || !bytes.Equal(before, after) {
		t.Errorf("changed=%v err=%v", changed, err)
	}
}

func TestWhatOthersStillUseStays(t *testing.T) {
	t.Parallel()
	adopted, _ := apply(t, appgatewaytest.Gateway(), settings, listener(shop, "shop.example.net"))
	own, _ := apply(t, appgatewaytest.Gateway(), settings, listenersFor(1)...)
	target := appgatewaytest.ID + "/httpListeners/h000-example-edu-listener"
	for _, c := range []struct {
		name     string
		doc      []byte
		remove   string
		mentions string
	}{
		{"a certificate that a listener made by hand uses", adopted, shop, "shop"},
		{"a listener that a redirect leads to", with(t, own, "properties.redirectConfigurations.0.properties.targetListener.id", `"`+target+`"`), "h000-example-edu", "to-tls"},
		{"a listener that another rule uses", with(t, own, "properties.requestRoutingRules.0.properties.httpListener.id", `"`+target+`"`), "h000-example-edu", "shop"},
	} {
		after, changed, refused, err := appgateway.Remove(c.doc, c.remove)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		wantFailure(t, refused[c.remove], issuance.CodeGatewayRefused, c.mentions)
		if changed || !bytes.Equal(after, c.doc) {
			t.Errorf("%s: part of it was removed", c.name)
		}
	}
}

func TestBrokenCertificatesAreNamed(t *testing.T) {
	t.Parallel()
	doc := appgatewaytest.Gateway()
	for _, c := range []struct {
		name    string
		refusal appgateway.Refusal
		want    string
	}{
		{"by its secret", appgateway.Refusal{Code: "ApplicationGatewayKeyVaultSecretException", Details: []appgateway.Detail{
			{Code: "ApplicationGatewayKeyVaultSecretAccessDenied", Message: "Access denied for KeyVault Secret 'https://other.vault.azure.net/secrets/wild' for Application Gateway '" + appgatewaytest.ID + "'."}}}, "wild"},
		{"by its secret with a version", appgateway.Refusal{Code: "X", Details: []appgateway.Detail{
			{Code: "ApplicationGatewayKeyVaultSecretAccessDenied", Message: "https://other.vault.azure.net/secrets/wild/0123 is gone"}}}, "wild"},
		{"by its entry", appgateway.Refusal{Code: "ApplicationGatewaySslCertificateInvalidData", Message: "Data for certificate '" + appgatewaytest.ID + "/sslCertificates/legacy' is invalid."}, "legacy"},
		{"a secret that no entry has", appgateway.Refusal{Code: "ApplicationGatewayKeyVaultSecretException", Message: "https://x.vault.azure.net/secrets/y is gone"}, "https://x.vault.azure.net/secrets/y"},
		{"not at all, when it is about something else", appgateway.Refusal{Code: "InvalidResourceReference", Message: appgatewaytest.ID + "/sslCertificates/legacy was not found"}, ""},
	} {
		got := appgateway.BrokenCertificates(doc, &c.refusal)
		if (c.want == "" && len(got) > 0) || (c.want != "" && (len(got) != 1 || got[0] != c.want)) {
			t.Errorf("%s: %v, want %q", c.name, got, c.want)
		}
	}
}
