package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The arrows of ARCHITECTURE.md: what a package of the program may import of the
// others. A package that is not here may import none of them. Kits for tests, whose
// names end with "test", may import what they are for.
var arrows = map[string][]string{
	// the engine's and the product's own packages; the rooms of issuance
	"delivery":          {"delivery/manifest", "delivery/target", "durable", "issuance", "issuance/managed"},
	"delivery/target":   {"delivery/manifest", "hostname"},
	"issuance":          {"durable", "hostname", "issuance/caa", "issuance/managed", "publicip"},
	"issuance/batch":    {"durable", "issuance", "issuance/managed"},
	"issuance/managed":  {"durable"},
	"issuance/renewal":  {"durable", "hostname", "issuance", "issuance/managed", "secretid"},
	"issuance/survey":   {"alert", "durable", "hostname", "inventory", "issuance", "issuance/managed", "secretid"},
	"issuance/watch":    {"alert", "durable", "issuance", "issuance/managed"},
	"inventory":         {"issuance/managed", "secretid"},
	"retention":         {"durable"},
	"issuance/takeover": {"durable", "inventory", "issuance", "issuance/managed", "secretid"},

	// one adapter for each outside service; none knows another
	"acmeca":        {"durable", "issuance", "issuance/managed", "issuance/renewal", "pemtext", "retryafter"},
	"armclient":     {"azureerror", "delivery", "durable", "retryafter"},
	"appgateway":    {"azureerror", "durable", "gatewaydoc", "issuance", "retryafter", "secretid"},
	"azurestore":    {"azureerror", "durable", "inventory", "issuance/managed"},
	"challengeblob": {"azureerror", "durable", "issuance"},
	"gatewayprobe":  {"durable", "issuance", "publicip"},
	"hostdns":       {"durable", "issuance", "issuance/caa"},
	"keyvault":      {"azureerror", "durable", "inventory", "issuance", "issuance/managed", "issuance/renewal", "retryafter", "secretid"},
	"memstore":      {"durable"},
	"notify":        {"alert", "delivery", "durable", "issuance", "issuance/renewal", "retryafter"},
	"azureerror":    {"durable"},

	// DNS providers: the port, and one adapter for each
	"dnsproviders":          {"durable", "retryafter"},
	"dnsproviders/accounts": {"dnsproviders", "durable"},
	"dnsproviders/acmedns":  {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/azuredns": {"azureerror", "dnsproviders", "durable", "retryafter"},
	"dnsproviders/catalog": {"dnsproviders", "dnsproviders/acmedns", "dnsproviders/azuredns", "dnsproviders/cloudflare", "dnsproviders/desec", "dnsproviders/digitalocean",
		"dnsproviders/godaddy", "dnsproviders/googledns", "dnsproviders/hetzner", "dnsproviders/ovh", "dnsproviders/rfc2136", "dnsproviders/route53", "dnsproviders/webhook"},
	"dnsproviders/cloudflare":   {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/desec":        {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/digitalocean": {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/dnstest":      {"dnsproviders", "durable"},
	"dnsproviders/godaddy":      {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/googledns":    {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/hetzner":      {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/ovh":          {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/rfc2136":      {"azureerror", "dnsproviders", "durable"},
	"dnsproviders/route53":      {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/webapi":       {"azureerror", "dnsproviders", "durable"},
	"dnsproviders/webhook":      {"dnsproviders", "dnsproviders/webapi"},

	// what stands between the product and an adapter
	"cagate":       {"durable", "issuance"},
	"challengedns": {"dnsproviders", "dnsproviders/accounts", "durable", "hostdns", "issuance"},
	"issuers":      {"acmeca", "cagate", "durable", "issuance", "issuance/managed", "issuance/renewal"},
	"gatewaydoc":   {"durable", "hostname", "inventory", "issuance", "secretid"},
	"gatewaylane":  {"appgateway", "durable", "gatewaydoc", "hostname", "issuance", "secretid"},
	"gatewayview":  {"durable", "gatewaydoc", "gatewayprobe", "issuance", "issuance/managed", "secretid"},
	"live":         {"durable"},
	"webpubsub":    {"azureerror"},
	"statuscache":  {"durable"},

	// what looks at the rest
	"metrics":   {"delivery", "durable", "inventory", "issuance/managed"},
	"tracing":   {"durable", "issuance"},
	"telemetry": {"tracing"},
	"preflight": {"acmeca", "appgateway", "delivery", "durable", "gatewaydoc", "gatewayprobe", "hostdns", "hostname", "inventory", "issuance", "issuance/caa", "issuance/managed", "keyvault", "secretid"},

	"certimport": {"pemtext"},
	"settings":   {"alert", "delivery/target", "issuance/managed"},
	"api":        {"certimport", "challengedns", "delivery", "durable", "gatewayview", "hostname", "inventory", "issuance", "issuance/batch", "issuance/managed", "issuance/takeover", "issuers", "live", "notify", "preflight", "principal", "retention", "secretid"},
}

func TestNoArrowPointsTheWrongWay(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "certgate/api/...", "certgate/internal/...")
	raw, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(raw))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		name := short(p.ImportPath)
		for _, imported := range p.Imports {
			switch to := short(imported); {
			case !strings.HasPrefix(imported, "certgate/"):
			case strings.HasPrefix(imported, "certgate/handler"), strings.HasPrefix(imported, "certgate/localstack"), strings.HasPrefix(imported, "certgate/cmd"):
				t.Errorf("%s imports %s: the program knows nothing of what starts it or of the local stack", p.ImportPath, imported)
			case strings.HasSuffix(name, "test"):
			case !slices.Contains(arrows[name], to):
				t.Errorf("%s imports %s; it may import %q. If the arrow is right, add it to arrows and to ARCHITECTURE.md", name, to, arrows[name])
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d packages were looked at", seen)
	}
}

func short(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, "certgate/"), "internal/")
}
