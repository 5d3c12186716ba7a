package gatewaydoc_test

import (
	"fmt"
	"strings"
	"testing"

	"certgate/internal/gatewaydoc"
	"certgate/internal/inventory"
)

const mixed = `{"id":"/gw","tags":{"managed-by-k8s-ingress":"1.7.2"},"identity":{"type":"UserAssigned","userAssignedIdentities":{"/id":{}}},"properties":{
 "frontendIPConfigurations":[{"name":"public","properties":{"publicIPAddress":{"id":"/subscriptions/s/ip"}}},{"name":"inside","properties":{"privateIPAddress":"10.0.0.4"}}],
 "frontendPorts":[{"name":"p443","properties":{"port":443}},{"name":"p8443","properties":{"port":8443}},{"name":"p80","properties":{"port":80}}],
 "sslCertificates":[
  {"name":"Shared","properties":{"keyVaultSecretId":"https://V.vault.azure.net:443/secrets/N/"}},
  {"name":"pfx","properties":{"publicCertData":"AAAA"}},
  {"name":"hsm","properties":{"hsm":{"keyId":"k"}}},
  {"name":"old","properties":{"keyVaultSecretId":"https://v.vault.azure.net/secrets/old/0123"}}],
 "httpListeners":[
  {"name":"http","properties":{"protocol":"Http","frontendIPConfiguration":{"id":"/gw/frontendIPConfigurations/public"},"frontendPort":{"id":"/gw/frontendPorts/p80"}}},
  {"name":"shop","properties":{"protocol":"Https","hostName":"Shop.example.com","frontendIPConfiguration":{"id":"/gw/frontendIPConfigurations/public"},"frontendPort":{"id":"/gw/frontendPorts/p443"},"sslCertificate":{"id":"/gw/sslCertificates/shared"}}},
  {"name":"inside","properties":{"protocol":"Https","hostNames":["a.example.com","*.b.example.com"],"frontendIPConfiguration":{"id":"/gw/frontendIPConfigurations/inside"},"frontendPort":{"id":"/gw/frontendPorts/p8443"},"sslCertificate":{"id":"/gw/sslCertificates/shared"}}},
  {"name":"pfx","properties":{"protocol":"Https","hostName":"pfx.example.com","frontendIPConfiguration":{"id":"/gw/frontendIPConfigurations/public"},"frontendPort":{"id":"/gw/frontendPorts/p443"},"sslCertificate":{"id":"/gw/sslCertificates/pfx"}}}],
 "requestRoutingRules":[{"name":"r","properties":{"priority":1,"httpListener":{"id":"/gw/httpListeners/shop"}}}],
 "listeners":[{"name":"tls","properties":{"protocol":"Tls","frontendIPConfiguration":{"id":"/gw/frontendIPConfigurations/public"},"frontendPort":{"id":"/gw/frontendPorts/p8443"},"sslCertificate":{"id":"/gw/sslCertificates/hsm"}}}],
 "routingRules":[{"name":"t","properties":{"priority":2,"listener":{"id":"/gw/listeners/tls"}}}],
 "trustedClientCertificates":[{"name":"clients","properties":{"data":"BBBB","validatedCertData":"CCCC"}}],
 "trustedRootCertificates":[{"name":"root","properties":{"keyVaultSecretId":"https://v.vault.azure.net/secrets/root"}}],
 "authenticationCertificates":[{"name":"v1","properties":{"data":"DDDD"}}]}}`

func TestTheInventoryHasEverythingWithACertificate(t *testing.T) {
	t.Parallel()
	doc, err := gatewaydoc.Parse([]byte(mixed))
	if err != nil {
		t.Fatal(err)
	}
	got := doc.Inventory()
	if !got.Identity || !got.Ingress {
		t.Errorf("identity %t, ingress %t", got.Identity, got.Ingress)
	}
	var lines []string
	for _, f := range got.Found {
		lines = append(lines, fmt.Sprint(f.Kind, " ", f.Collection, " ", f.Name, " ", f.Hostnames, " ", f.Port, " ", f.Public, " ", f.NoRule, " ", f.Entry, " ", f.SharedWith, " ", f.SecretID, " ", f.PublicData, " ", f.HSM))
	}
	want := []string{
		"listener httpListeners shop [shop.example.com] 443 true false shared [inside] https://V.vault.azure.net:443/secrets/N/ [] false",
		"listener httpListeners inside [a.example.com *.b.example.com] 8443 false true shared [shop] https://V.vault.azure.net:443/secrets/N/ [] false",
		"listener httpListeners pfx [pfx.example.com] 443 true true pfx []  [AAAA] false",
		"listener listeners tls [] 8443 true false hsm []  [] true",
		"entry sslCertificates old [] 0 false false old [] https://v.vault.azure.net/secrets/old/0123 [] false",
		"clientCa trustedClientCertificates clients [] 0 false false  []  [CCCC] false",
		"backendCa trustedRootCertificates root [] 0 false false  [] https://v.vault.azure.net/secrets/root [] false",
		"backendCa authenticationCertificates v1 [] 0 false false  []  [DDDD] false",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	var shop inventory.Found
	for _, f := range got.Found {
		if f.Name == "shop" {
			shop = f
		}
	}
	row := inventory.NewRow(shop, got.Identity, "https://v.vault.azure.net/")
	if row.SecretID != "https://V.vault.azure.net/secrets/N" || row.Vault != "v" || row.OtherVault || row.Pinned != "" || row.Frontend != "public" {
		t.Errorf("%+v", row.Row)
	}
}
