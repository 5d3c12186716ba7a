package gatewaydoc_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/issuance"
)

func priority(t *testing.T, doc []byte, name string) int {
	t.Helper()
	n, err := strconv.Atoi(entry(doc, "requestRoutingRules", name+"-rule", "properties.priority"))
	if err != nil {
		t.Fatalf("rule of %s: %v", name, err)
	}
	return n
}

func TestRulesOfSingleHostnamesComeBeforeWildcards(t *testing.T) {
	t.Parallel()
	// The gateway has a wildcard rule with 9000 on the same address and port, and
	// a catch-all rule with 8 on port 80, which does not matter.
	wants := append(listenersFor(3), listener("x-example-org", "x.example.org"))
	doc, _ := apply(t, appgatewaytest.Gateway(), settings, wants...)
	seen := map[int]bool{}
	for _, l := range wants {
		p := priority(t, doc, l.Name)
		if p >= 9000 || p < 1 || seen[p] {
			t.Errorf("priority of %s is %d, want a free one below 9000", l.Name, p)
		}
		seen[p] = true
	}
}

func TestPriorities(t *testing.T) {
	t.Parallel()
	base := appgatewaytest.Gateway()
	const wild = "properties.requestRoutingRules.1.properties.priority"
	catchAll := with(t, base, "properties.httpListeners.1.properties.hostNames", `[]`)
	for _, c := range []struct {
		name string
		doc  []byte
		host string
		want int
	}{
		{"just below the wildcard", base, "a.example.org", 8999},
		{"just below the catch-all", with(t, catchAll, wild, "500"), "a.example.edu", 499},
		{"in the lower half if the wildcard is far up", with(t, base, wild, "20000"), "a.example.org", 10000},
		{"over a used number", with(t, with(t, base, wild, "101"), "properties.requestRoutingRules.2.properties.priority", "99"), "a.example.org", 98},
		{"above wildcards for other names if there is no room below", with(t, base, wild, "1"), "a.example.edu", 10000},
		{"a new wildcard in the upper half", base, "*.example.edu", 20000},
		{"a wildcard below the wider one", base, "*.sub.example.org", 8999},
		{"a wildcard above the names it covers", with(t, catchAll, "properties.requestRoutingRules.0.properties.priority", "8998"), "*.example.net", 8999},
	} {
		doc, _ := apply(t, c.doc, settings, listener("new", c.host))
		if got := priority(t, doc, "new"); got != c.want {
			t.Errorf("%s: priority is %d, want %d", c.name, got, c.want)
		}
	}
}

func TestNoRoomBetweenOtherRulesIsALimit(t *testing.T) {
	t.Parallel()
	base := appgatewaytest.Gateway()
	catchAll := with(t, base, "properties.httpListeners.1.properties.hostNames", `[]`)
	for _, c := range []struct {
		doc  []byte
		host string
	}{
		{with(t, base, "properties.requestRoutingRules.1.properties.priority", "1"), "a.example.org"},
		// The rule of shop.example.net would never be reached below this wildcard.
		{with(t, catchAll, "properties.requestRoutingRules.0.properties.priority", "8999"), "*.example.net"},
	} {
		_, _, refused, err := applyAll(c.doc, []issuance.Listener{listener("new", c.host)}, settings)
		if err != nil {
			t.Fatal(err)
		}
		wantFailure(t, refused["new"], issuance.CodeGatewayLimit, "everything")
	}
}

func TestLimitsAreCheckedForEachListener(t *testing.T) {
	t.Parallel()
	pad := func(doc []byte, collection, entry string, n int) []byte {
		have := int(gjson.GetBytes(doc, "properties."+collection+".#").Int())
		var more strings.Builder
		for i := have; i < n; i++ {
			more.WriteString("," + strings.ReplaceAll(entry, "#", fmt.Sprint(i)))
		}
		raw := gjson.GetBytes(doc, "properties."+collection).Raw
		return with(t, doc, "properties."+collection, raw[:len(raw)-1]+more.String()+"]")
	}
	base := appgatewaytest.Gateway()
	const rule = `{"name":"r#","properties":{"priority":2#,"httpListener":{"id":"x/httpListeners/l#"},"backendAddressPool":{"id":"p"}}}`
	const redirect = `{"name":"r#","properties":{"priority":2#,"httpListener":{"id":"x/httpListeners/l#"},"redirectConfiguration":{"id":"p"}}}`
	waf := with(t, base, "properties.webApplicationFirewallConfiguration", `{"enabled":true,"ruleSetType":"OWASP","ruleSetVersion":"3.1"}`)
	for _, c := range []struct {
		name  string
		doc   []byte
		port  int
		meets int // of 3 wants
		says  string
	}{
		{"certificates", pad(base, "sslCertificates", `{"name":"c#"}`, 98), 443, 2, "100 certificates"},
		{"listeners", pad(base, "httpListeners", `{"name":"l#"}`, 199), 443, 1, "200 listeners"},
		{"active listeners", pad(base, "requestRoutingRules", rule, 101), 443, 0, "100 active listeners"},
		{"listeners that only redirect are not active", pad(base, "requestRoutingRules", redirect, 300), 443, 3, ""},
		{"rules", pad(base, "requestRoutingRules", redirect, 398), 443, 2, "400 rules"},
		{"ports", pad(base, "frontendPorts", `{"name":"p#"}`, 100), 8443, 0, "100 frontend ports"},
		{"an old firewall rule set", pad(waf, "httpListeners", `{"name":"l#"}`, 39), 443, 1, "40 listeners"},
	} {
		s := settings
		s.HTTPSPort = c.port
		doc, _, refused, err := applyAll(c.doc, listenersFor(3), s)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		met := 0
		for _, l := range listenersFor(3) {
			if parse(t, doc).Has(l, settings) {
				met++
			} else {
				wantFailure(t, refused[l.Name], issuance.CodeGatewayLimit, c.says)
			}
		}
		if met != c.meets {
			t.Errorf("%s: %d of 3 were met, want %d", c.name, met, c.meets)
		}
	}
}
