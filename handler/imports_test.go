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
	// the engine's and the product's own packages
	"issuance":       {"alert", "durable", "hostname"},
	"issuance/batch": {"durable", "issuance"},
	"retention":      {"durable"},

	// one adapter for each outside service; none knows another
	"acmeca":        {"durable", "issuance", "pemtext", "retryafter"},
	"appgateway":    {"azureerror", "durable", "gatewaydoc", "issuance", "retryafter"},
	"azurestore":    {"azureerror", "durable", "issuance"},
	"challengeblob": {"azureerror", "durable", "issuance"},
	"gatewayprobe":  {"durable", "issuance"},
	"hostdns":       {"durable", "issuance"},
	"keyvault":      {"azureerror", "durable", "issuance", "retryafter"},
	"memstore":      {"durable", "issuance"},
	"notify":        {"alert", "durable", "issuance", "retryafter"},
	"azureerror":    {"durable"},

	// DNS providers: the port, and one adapter for each
	"dnsproviders":            {"durable", "retryafter"},
	"dnsproviders/accounts":   {"dnsproviders", "durable"},
	"dnsproviders/azuredns":   {"azureerror", "dnsproviders", "durable", "retryafter"},
	"dnsproviders/cloudflare": {"dnsproviders", "dnsproviders/webapi"},
	"dnsproviders/dnstest":    {"dnsproviders", "durable"},
	"dnsproviders/webapi":     {"azureerror", "dnsproviders", "durable"},

	// what stands between the product and an adapter
	"cagate":      {"durable", "issuance"},
	"gatewaydoc":  {"durable", "hostname", "issuance"},
	"gatewaylane": {"appgateway", "durable", "gatewaydoc", "hostname", "issuance"},
	"gatewayview": {"gatewaydoc"},
	"statuscache": {"durable"},

	// what looks at the rest
	"metrics":   {"durable", "issuance"},
	"tracing":   {"durable", "issuance"},
	"telemetry": {"tracing"},
	"preflight": {"acmeca", "appgateway", "durable", "gatewaydoc", "gatewayprobe", "hostname", "issuance", "keyvault"},

	"certimport": {"pemtext"},
	"settings":   {"alert"},
	"api":        {"certimport", "durable", "gatewayview", "hostname", "issuance", "issuance/batch", "notify", "preflight", "principal", "retention"},
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
