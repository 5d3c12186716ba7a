package gatewaydoc_test

import (
	"bytes"
	"testing"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

func TestRemoveTakesOutWhatApplyPutIn(t *testing.T) {
	t.Parallel()
	before := appgatewaytest.Gateway()
	doc, _ := apply(t, before, settings, listenersFor(3)...)
	only, _ := apply(t, before, settings, listenersFor(3)[1])
	for _, names := range [][]string{{"h000-example-edu", "h002-example-edu"}, {"h002-example-edu", "h000-example-edu", "never-there"}} {
		after, changed, refused, err := removeAll(doc, names...)
		if err != nil || !changed || len(refused) > 0 {
			t.Fatalf("changed=%v refused=%v err=%v", changed, refused, err)
		}
		if !parse(t, after).Has(listenersFor(3)[1], settings) || parse(t, after).HasCertificate("h000-example-edu") || parse(t, after).HasCertificate("h002-example-edu") {
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
	after, changed, refused, err := removeAll(doc, "h000-example-edu")
	if err != nil || !changed || len(refused) > 0 || parse(t, after).HasCertificate("h000-example-edu") {
		t.Errorf("changed=%v refused=%v err=%v", changed, refused, err)
	}
}

func TestRemoveWithoutAnythingToRemoveKeepsTheBytes(t *testing.T) {
	t.Parallel()
	before := appgatewaytest.Gateway()
	after, changed, _, err := removeAll(before, "never-there")
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
		after, changed, refused, err := removeAll(c.doc, c.remove)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		wantFailure(t, refused[c.remove], issuance.CodeGatewayRefused, c.mentions)
		if changed || !bytes.Equal(after, c.doc) {
			t.Errorf("%s: part of it was removed", c.name)
		}
	}
}

// The vault's secret is disabled after the removal, so nothing of the gateway may
// refer to it any more, under whatever name.
func TestASecretThatOthersStillReferToIsNotLetGo(t *testing.T) {
	t.Parallel()
	own, _ := apply(t, appgatewaytest.Gateway(), settings, listenersFor(1)...)
	secret := listenersFor(1)[0].SecretID
	byHand := func(doc []byte, id string) []byte {
		return with(t, doc, "properties.sslCertificates.1.properties.keyVaultSecretId", `"`+id+`"`)
	}
	layer4 := with(t, own, "properties.listeners", `[{"name":"mqtt","properties":{"protocol":"Tls","sslCertificate":{"id":"`+appgatewaytest.ID+`/sslCertificates/wild"}}}]`)
	layer4 = with(t, layer4, "properties.httpListeners.1.properties.sslCertificate.id", `"`+appgatewaytest.ID+`/sslCertificates/legacy"`)
	unused := with(t, layer4, "properties.listeners", `[]`)
	for name, c := range map[string]struct {
		doc      []byte
		mentions []string
	}{
		"a listener made by hand":             {byHand(own, secret), []string{"wild", "everything"}},
		"the same, with port and pinned":      {byHand(own, "https://V.vault.azure.net:443/secrets/H000-example-edu/0123/"), []string{"wild", "everything"}},
		"a listener below HTTP":               {byHand(layer4, secret), []string{"wild", "mqtt"}},
		"an entry that no listener uses":      {byHand(unused, secret), []string{"wild", "no listener"}},
		"certgate's entry is gone, one stays": {byHand(with(t, appgatewaytest.Gateway(), "id", `"`+appgatewaytest.ID+`"`), secret), []string{"wild", "everything"}},
	} {
		d := parse(t, c.doc)
		changed, err := d.Remove("h000-example-edu", secret)
		if err == nil {
			t.Errorf("%s: let go", name)
			continue
		}
		wantFailure(t, err, issuance.CodeGatewayRefused, c.mentions...)
		if changed || d.Changed() {
			t.Errorf("%s: part of it was removed", name)
		}
		if d.Released("h000-example-edu", secret) {
			t.Errorf("%s: it counts as gone", name)
		}
	}
}
