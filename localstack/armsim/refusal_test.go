package armsim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"certgate/localstack/armsim"
)

// TestDocumentsThatAreRefused edits the default gateway with JSON fragments:
// each entry is appended to its collection; {gw} is the gateway's id.
func TestDocumentsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: never})
	const (
		ip    = `"frontendIPConfiguration":{"id":"{gw}/frontendIPConfigurations/public"}`
		http  = ip + `,"frontendPort":{"id":"{gw}/frontendPorts/port-http"},"protocol":"Http"`
		https = ip + `,"frontendPort":{"id":"{gw}/frontendPorts/port-https"},"protocol":"Https"`
		pool  = `"backendAddressPool":{"id":"{gw}/backendAddressPools/app"},"backendHttpSettings":{"id":"{gw}/backendHttpSettingsCollection/app-settings"}`
	)
	listener := func(name, properties string) string {
		return `{"name":"` + name + `","properties":{` + properties + `}}`
	}
	type additions map[string]string
	for _, tc := range []struct {
		name, code string
		add        additions
	}{
		{"two listeners for the same host", "ApplicationGatewayHttpListenersUsingSameFrontendPortHostNameAndFrontendIpConfig",
			additions{"httpListeners": listener("a", http+`,"hostName":"a.example"`) + "," + listener("b", http+`,"hostNames":["x.example","A.example"]`)}},
		{"two listeners for every host", "ApplicationGatewayHttpListenersUsingSameFrontendPortHostNameAndFrontendIpConfig",
			additions{"httpListeners": listener("a", http)}},
		{"hostName and hostNames", "InvalidRequest", additions{"httpListeners": listener("a", http+`,"hostName":"a.example","hostNames":["b.example"]`)}},
		{"wildcard in hostName", "InvalidRequest", additions{"httpListeners": listener("a", http+`,"hostName":"*.example"`)}},
		{"six host names", "InvalidRequest", additions{"httpListeners": listener("a", http+`,"hostNames":["1","2","3","4","5","6"]`)}},
		{"HTTPS without certificate", "InvalidRequest", additions{"httpListeners": listener("a", https+`,"hostName":"a.example"`)}},
		{"HTTP and HTTPS on one port", "InvalidRequest",
			additions{"httpListeners": listener("a", strings.Replace(http, "Http", "Https", 1)+`,"hostName":"a.example","sslCertificate":{"id":"{gw}/sslCertificates/c"}`),
				"sslCertificates": `{"name":"c","properties":{"keyVaultSecretId":"https://v.vault.azure.net/secrets/c"}}`}},
		{"certificate that is not there", "InvalidResourceReference",
			additions{"httpListeners": listener("a", https+`,"hostName":"a.example","sslCertificate":{"id":"{gw}/sslCertificates/none"}`)}},
		{"reference into another gateway", "InvalidResourceReference",
			additions{"httpListeners": listener("a", strings.Replace(http, "{gw}/frontendPorts", "{gw}2/frontendPorts", 1)+`,"hostName":"a.example"`)}},
		{"reference that is no id", "LinkedInvalidPropertyId",
			additions{"httpListeners": listener("a", strings.Replace(http, "{gw}/frontendPorts/port-http", "port-http", 1))}},
		{"public address that is not there", "InvalidResourceReference",
			additions{"frontendIPConfigurations": `{"name":"v6","properties":{"publicIPAddress":{"id":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/publicIPAddresses/none"}}}`}},
		{"rule without priority", "ApplicationGatewayRequestRoutingRulePartialPriorityDefined",
			additions{"httpListeners": listener("a", http+`,"hostName":"a.example"`),
				"requestRoutingRules": `{"name":"a","properties":{"ruleType":"Basic","httpListener":{"id":"{gw}/httpListeners/a"},` + pool + `}}`}},
		{"priority twice", "InvalidRequest",
			additions{"httpListeners": listener("a", http+`,"hostName":"a.example"`),
				"requestRoutingRules": `{"name":"a","properties":{"priority":20000,"ruleType":"Basic","httpListener":{"id":"{gw}/httpListeners/a"},` + pool + `}}`}},
		{"priority 20001", "InvalidRequest",
			additions{"httpListeners": listener("a", http+`,"hostName":"a.example"`),
				"requestRoutingRules": `{"name":"a","properties":{"priority":20001,"ruleType":"Basic","httpListener":{"id":"{gw}/httpListeners/a"},` + pool + `}}`}},
		{"rule without listener", "InvalidRequest", additions{"requestRoutingRules": `{"name":"a","properties":{"priority":1,"ruleType":"Basic",` + pool + `}}`}},
		{"listener with two rules", "InvalidRequest",
			additions{"requestRoutingRules": `{"name":"a","properties":{"priority":1,"ruleType":"Basic","httpListener":{"id":"{gw}/httpListeners/http"},` + pool + `}}`}},
		{"rule that leads nowhere", "InvalidRequest",
			additions{"httpListeners": listener("a", http+`,"hostName":"a.example"`),
				"requestRoutingRules": `{"name":"a","properties":{"priority":1,"ruleType":"Basic","httpListener":{"id":"{gw}/httpListeners/a"}}}`}},
		{"two children with one name", "DuplicateResourceName",
			additions{"frontendPorts": `{"name":"PORT-http","properties":{"port":81}}`}},
		{"frontend port twice", "InvalidRequest", additions{"frontendPorts": `{"name":"again","properties":{"port":80}}`}},
		{"secret id that is none", "InvalidRequest", additions{"sslCertificates": `{"name":"c","properties":{"keyVaultSecretId":"https://v.vault.azure.net/certificates/c"}}`}},
		{"upload without data", "ApplicationGatewaySslCertificateDataMustBeSpecified", additions{"sslCertificates": `{"name":"c","properties":{}}`}},
		{"upload that is no PFX", "ApplicationGatewaySslCertificateInvalidData", additions{"sslCertificates": `{"name":"c","properties":{"data":"****","password":"****"}}`}},
		{"path with a star inside", "InvalidRequest",
			additions{"urlPathMaps": `{"name":"m","properties":{"defaultBackendAddressPool":{"id":"{gw}/backendAddressPools/app"},"defaultBackendHttpSettings":{"id":"{gw}/backendHttpSettingsCollection/app-settings"},
				"pathRules":[{"name":"r","properties":{"paths":["/a/*/b"],` + pool + `}}]}}`}},
		{"redirect to a listener with a wildcard", "InvalidRequest",
			additions{"httpListeners": listener("a", http+`,"hostNames":["*.example"]`),
				"redirectConfigurations": `{"name":"r","properties":{"redirectType":"Permanent","targetListener":{"id":"{gw}/httpListeners/a"}}}`}},
	} {
		d := s.get(t)
		for collection, fragment := range tc.add {
			var children []any
			if err := json.Unmarshal([]byte("["+strings.ReplaceAll(fragment, "{gw}", s.id)+"]"), &children); err != nil {
				t.Fatalf("%s: %v", tc.name, err)
			}
			list, _ := d.properties()[collection].([]any)
			d.properties()[collection] = append(list, children...)
		}
		_, err := s.begin(t.Context(), d, "")
		t.Run(tc.name, func(t *testing.T) { wantRefusal(t, err, 400, tc.code, "") })
	}
	if s.sim.Puts() != 0 {
		t.Errorf("%d refused documents were accepted", s.sim.Puts())
	}
}

func TestNoPriorityAtAllHasACodeOfItsOwn(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: never})
	d := s.get(t)
	rule := d.properties()["requestRoutingRules"].([]any)[0].(map[string]any)["properties"].(map[string]any)
	delete(rule, "priority")
	_, err := s.begin(t.Context(), d, "")
	wantRefusal(t, err, 400, "ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty", "")
}

func TestAHundredActiveListenersAndNotOneMore(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{UpdateTakes: never})
	d := s.get(t)
	for i := range 99 { // the HTTP listener is the first
		d.add("httpListeners", fmt.Sprintf("l%d", i), map[string]any{"protocol": "Http", "hostName": fmt.Sprintf("h%d.example", i),
			"frontendIPConfiguration": d.ref("frontendIPConfigurations", "public"), "frontendPort": d.ref("frontendPorts", "port-http")})
		d.add("requestRoutingRules", fmt.Sprintf("r%d", i), map[string]any{"priority": i + 1, "ruleType": "Basic",
			"httpListener": d.ref("httpListeners", fmt.Sprintf("l%d", i)), "backendAddressPool": d.ref("backendAddressPools", "app"),
			"backendHttpSettings": d.ref("backendHttpSettingsCollection", "app-settings")})
	}
	// A listener without rule is a listener, but not an active one.
	d.add("httpListeners", "idle", map[string]any{"protocol": "Http", "hostName": "idle.example",
		"frontendIPConfiguration": d.ref("frontendIPConfigurations", "public"), "frontendPort": d.ref("frontendPorts", "port-http")})
	if _, err := s.begin(t.Context(), d, ""); err != nil {
		t.Fatalf("a hundred active listeners: %v", err)
	}
	d.add("requestRoutingRules", "last", map[string]any{"priority": 1000, "ruleType": "Basic",
		"httpListener": d.ref("httpListeners", "idle"), "backendAddressPool": d.ref("backendAddressPools", "app"),
		"backendHttpSettings": d.ref("backendHttpSettingsCollection", "app-settings")})
	_, err := s.begin(t.Context(), d, "")
	wantRefusal(t, err, 400, "InvalidRequest", "")
}
