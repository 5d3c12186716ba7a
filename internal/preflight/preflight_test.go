package preflight_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"certgate/internal/preflight"
	"certgate/localstack/armsim"
	"certgate/localstack/vaultsim"
)

func TestAGoodSetUpPassesAndNothingIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{blob: true, ownCA: true})
	if err := w.keyvault.Check(t.Context()); err != nil { // the simulator makes a vault when it is first asked
		t.Fatal(err)
	}
	before := w.state()
	for _, hostname := range []string{"", "shop.example.com"} {
		found, dns := w.run(hostname)
		var asked []string
		for name := range found {
			asked = append(asked, name)
			if name == "gatewayIdentity" {
				w.want(found, name, "unknown", "gateway-identity", "Key Vault Secrets User")
			} else {
				w.want(found, name, "ok")
			}
		}
		if hostname != "" {
			for _, name := range preflight.New(w.config).Names() {
				if !slices.Contains(asked, name) && name != "challengeFetch" {
					t.Errorf("%s was not checked", name)
				}
			}
		}
		if (dns != nil) != (hostname != "") || dns != nil && len(dns.Advice) > 0 {
			t.Errorf("%q: DNS is %+v", hostname, dns)
		}
	}
	if after := w.state(); after != before {
		t.Errorf("something changed:\nbefore %s\nafter  %s", before, after)
	}
}

func TestEachRightThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	vault := func(method, part string) func(string, string) (vaultsim.Refusal, bool) {
		return func(m, path string) (vaultsim.Refusal, bool) {
			return vaultsim.Forbidden(), m == method && strings.Contains(path, part)
		}
	}
	arm := func(part string) func(string, string) (armsim.Refusal, bool) {
		return func(_, path string) (armsim.Refusal, bool) {
			return armsim.Forbidden(), strings.HasSuffix(strings.ToLower(path), part)
		}
	}
	for name, c := range map[string]struct {
		options options
		check   string
		words   []string
	}{
		"reading certificates": {options{denyVault: vault(http.MethodGet, "/certificates/")}, "vaultCertificates", []string{"Key Vault Certificates Officer"}},
		"making certificates":  {options{denyVault: vault(http.MethodPost, "/pending/merge")}, "vaultCertificates", []string{"Key Vault Certificates Officer"}},
		"reading secrets":      {options{denyVault: vault(http.MethodGet, "/secrets/")}, "vaultSecrets", []string{"Key Vault Secrets Officer"}},
		"writing secrets":      {options{denyVault: vault(http.MethodPatch, "/secrets/")}, "vaultSecrets", []string{"Key Vault Secrets Officer"}},
		"reading the gateway":  {options{denyARM: arm("/applicationgateways/gw")}, "gatewayRead", []string{"Network Contributor"}},
		"reading its address":  {options{denyARM: arm("/publicipaddresses/ip")}, "gatewayAddress", []string{"Network Contributor"}},
		"changing the gateway": {options{permissions: func(string) []armsim.Permission { return []armsim.Permission{armsim.Reader()} }},
			"gatewayChange", []string{"Microsoft.Network/applicationGateways/write on gw", "Network Contributor", "Managed Identity Operator on " + identity}},
		"assigning its identity": {options{permissions: func(string) []armsim.Permission { return []armsim.Permission{armsim.NetworkContributor()} }},
			"gatewayChange", []string{"lacks Microsoft.ManagedIdentity/userAssignedIdentities/assign/action on gateway-identity."}},
		"joining a firewall policy": {options{bend: set("properties.firewallPolicy", `{"id":"/subscriptions/sub/resourceGroups/waf/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/strict"}`),
			permissions: everythingBut("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/*")}, "gatewayChange", []string{"FirewallPolicies/join/action on strict", "resourceGroups/waf"}},
		"joining that of a listener": {options{bend: set("properties.httpListeners.0.properties.firewallPolicy", `{"id":"/subscriptions/sub/resourceGroups/waf/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/shop"}`),
			permissions: everythingBut("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action")}, "gatewayChange", []string{"join/action on shop"}},
		"joining that of a path rule": {options{bend: set("properties.urlPathMaps.0.properties.pathRules.0.properties.firewallPolicy", `{"id":"/subscriptions/sub/resourceGroups/waf/providers/Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/path"}`),
			permissions: everythingBut("Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies/join/action")}, "gatewayChange", []string{"join/action on path"}},
		"joining the subnet of a private link": {options{bend: set("properties.privateLinkConfigurations", `[{"name":"pl","properties":{"ipConfigurations":[{"name":"ip","properties":{"subnet":{"id":"/subscriptions/sub/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/links"}}}]}}]`),
			permissions: func(scope string) []armsim.Permission {
				if strings.HasSuffix(scope, "/links") {
					return nil
				}
				return []armsim.Permission{{Actions: []string{"*"}}}
			}}, "gatewayChange", []string{"subnets/join/action on links"}},
		"a role that takes it away": {options{permissions: func(string) []armsim.Permission {
			return []armsim.Permission{{Actions: []string{"*"}, NotActions: []string{"Microsoft.Network/virtualNetworks/*/join/action"}}}
		}}, "gatewayChange", []string{"lacks Microsoft.Network/virtualNetworks/subnets/join/action on gateway."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.options)
			found, _ := w.run("")
			w.want(found, c.check, "not", c.words...)
			if c.check == "gatewayRead" {
				w.want(found, "gatewayRunning", "unknown", "gatewayRead")
			}
		})
	}
}

func TestRightsOfASharedAccessSignatureAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{blob: true})
	for _, c := range []struct {
		rights sas.ContainerPermissions
		came   string
	}{
		{sas.ContainerPermissions{Read: true}, "not"},
		{sas.ContainerPermissions{Read: true, Create: true, Write: true}, "not"}, // and cannot delete
		{sas.ContainerPermissions{Read: true, Create: true, Write: true, Delete: true}, "ok"},
	} {
		url, err := w.blobs.GetSASURL(c.rights, time.Now().Add(time.Hour), nil)
		if err != nil {
			t.Fatal(err)
		}
		w.config.Files = w.files(url)
		found, _ := w.run("")
		w.want(found, "blobRights", c.came)
		if strings.Contains(found["blobRights"].Finding+found["blobRights"].Fix, "sig=") {
			t.Error("the signature is in the report")
		}
	}
	if _, err := w.blobs.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.config.Files = w.files(w.emulator.BlobURL + "/nothere")
	found, _ := w.run("")
	w.want(found, "blobRights", "not", "no container named nothere")
}

// everythingBut is a role that lacks an action, at every scope.
func everythingBut(action string) func(string) []armsim.Permission {
	return func(string) []armsim.Permission {
		return []armsim.Permission{{Actions: []string{"*"}, NotActions: []string{action}}}
	}
}
