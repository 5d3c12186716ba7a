package gatewaydoc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

func TestAHostnameGetsARedirectToItsOwnListener(t *testing.T) {
	t.Parallel()
	l := listener("a-example-edu", "a.example.edu")
	doc, _ := leadFiles(t, appgatewaytest.Gateway(), managed(8080))
	doc, _ = apply(t, doc, managed(8080), l)
	at := func(collection, name string) string { return appgatewaytest.ID + "/" + collection + "/" + name }
	for _, c := range []struct{ collection, name, path, want string }{
		{"httpListeners", "a-example-edu-http-listener", "properties.protocol", "Http"},
		{"httpListeners", "a-example-edu-http-listener", "properties.hostName", "a.example.edu"},
		{"redirectConfigurations", "a-example-edu-http-redirect", "properties.redirectType", "Permanent"},
		{"redirectConfigurations", "a-example-edu-http-redirect", "properties.targetListener.id", at("httpListeners", "a-example-edu-listener")},
		{"redirectConfigurations", "a-example-edu-http-redirect", "properties.includePath", "true"},
		{"redirectConfigurations", "a-example-edu-http-redirect", "properties.includeQueryString", "true"},
		{"urlPathMaps", "a-example-edu-http-paths", "properties.defaultRedirectConfiguration.id", at("redirectConfigurations", "a-example-edu-http-redirect")},
		{"urlPathMaps", "a-example-edu-http-paths", "properties.pathRules.0.properties.backendAddressPool.id", at("backendAddressPools", "certgate-challenge")},
		{"requestRoutingRules", "a-example-edu-http-rule", "properties.urlPathMap.id", at("urlPathMaps", "a-example-edu-http-paths")},
	} {
		if got := entry(doc, c.collection, c.name, c.path); got != c.want {
			t.Errorf("%s %s %s is %q, want %q", c.collection, c.name, c.path, got, c.want)
		}
	}
	specific := gjson.Parse(entry(doc, "requestRoutingRules", "a-example-edu-http-rule", "properties.priority")).Int()
	all := gjson.Parse(entry(doc, "requestRoutingRules", "certgate-http-rule", "properties.priority")).Int()
	if specific >= all {
		t.Errorf("the hostname's rule has priority %d, the one for all %d: it would never be asked", specific, all)
	}
	if _, changed := apply(t, doc, managed(8080), l); changed {
		t.Error("the second time changed the document")
	}
	retired, _, refused, err := removeAll(doc, l.Name)
	if err != nil || len(refused) > 0 || strings.Contains(string(retired), "a-example-edu") {
		t.Errorf("retiring leaves something: %v %v", err, refused)
	}
}

func TestNoRedirectWhereItCouldNotBeRight(t *testing.T) {
	t.Parallel()
	theirs := appgatewaytest.Gateway()
	theirs = with(t, theirs, "properties.frontendPorts.-1", `{"name":"alt","properties":{"port":8080}}`)
	theirs = with(t, theirs, "properties.httpListeners.-1", fmt.Sprintf(`{"name":"own","properties":{"protocol":"Http","hostName":"a.example.edu",
		"frontendIPConfiguration":{"id":"%[1]s/frontendIPConfigurations/public"},"frontendPort":{"id":"%[1]s/frontendPorts/alt"}}}`, appgatewaytest.ID))
	for name, c := range map[string]struct {
		doc []byte
		l   issuance.Listener
	}{
		"wildcard":                 {appgatewaytest.Gateway(), listener("wildcard-example-edu", "*.example.edu")},
		"somebody's HTTP listener": {theirs, listener("a-example-edu", "a.example.edu")},
	} {
		edited, _ := apply(t, c.doc, managed(8080), c.l)
		if strings.Contains(string(edited), "-http-redirect") {
			t.Errorf("%s: a redirect was made", name)
		}
		if !parse(t, edited).Has(c.l, settings) {
			t.Errorf("%s: HTTPS does not stand", name)
		}
	}
}

// The limit is 100 active listeners. Redirects share it, but HTTPS comes first.
func TestRedirectsGiveWayToHostnamesThatNeedHTTPS(t *testing.T) {
	t.Parallel()
	doc, _ := leadFiles(t, gatewayWithoutListeners(), managed(8080))
	for _, l := range listenersFor(99) {
		doc, _ = apply(t, doc, managed(8080), l)
	}
	for _, l := range listenersFor(99) {
		if !parse(t, doc).Has(l, settings) {
			t.Fatalf("%s does not stand", l.Hostname)
		}
	}
	if n := gjson.GetBytes(doc, "properties.httpListeners.#").Int(); n != 100 {
		t.Errorf("%d listeners, want one for port 80 and 99 for HTTPS", n)
	}
	if n := gjson.GetBytes(doc, "properties.redirectConfigurations.#").Int(); n != 0 {
		t.Errorf("%d redirects without listener are left", n)
	}
	if _, changed := apply(t, doc, managed(8080), listenersFor(99)...); changed {
		t.Error("a full gateway changes with each run")
	}
	_, _, refused, err := applyAll(doc, []issuance.Listener{listener("last-example-edu", "last.example.edu")}, managed(8080))
	if err != nil {
		t.Fatal(err)
	}
	wantFailure(t, refused["last-example-edu"], issuance.CodeGatewayLimit, "100 active listeners")
}

func gatewayWithoutListeners() []byte {
	return []byte(`{"id":"` + appgatewaytest.ID + `","properties":{"frontendIPConfigurations":[{"name":"f","properties":{"publicIPAddress":{"id":"/p"}}}],
		"backendAddressPools":[{"name":"web"}],"backendHttpSettingsCollection":[{"name":"https"}]}}`)
}
