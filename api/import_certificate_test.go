package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"certgate/internal/certimport/certimporttest"
	"certgate/internal/issuance"
)

func TestAnUploadIsInTheVaultBeforeTheReplyUnderBothNamesOfTheCall(t *testing.T) {
	t.Parallel()
	for _, route := range []string{importRoute, "/api/AddCertificateWithPrivateKeyFunctions_HttpStart"} {
		for name, body := range map[string]func(certimporttest.Upload) string{
			"PEM": func(u certimporttest.Upload) string { return u.Body("Shop.Example.COM.") },
			"PFX": func(u certimporttest.Upload) string { return u.PFXBody(shop) },
		} {
			t.Run(route+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newImportWorld(t)
				u := w.upload(shop)
				r := w.call("POST", route, body(u))
				if r.status != http.StatusAccepted || r.header.Get("Location") == "" || r.header.Get("Retry-After") == "" {
					t.Fatalf("%d %s", r.status, r.raw)
				}
				key, leaf, chain := w.kept("shop-example-com")
				if !u.Key.Equal(key) || !leaf.Equal(u.Leaf) || len(chain) != 1 {
					t.Errorf("the vault has %T, %s and %d more", key, leaf.Subject, len(chain))
				}
				status := w.call("GET", "/api/instances/"+r.body["id"].(string)+"?showHistory=true", "")
				if status.body["name"] != "ImportCertificateFunctions" || status.body["requestedBy"] == "" {
					t.Errorf("status %s", status.raw)
				}
				in, _ := json.Marshal(status.body["input"])
				if !strings.Contains(string(in), `"hostnames":[{"hostname":"shop.example.com"}]`) || !strings.Contains(string(in), `"certificateName":"shop-example-com"`) {
					t.Errorf("input %s", in)
				}
				w.noTrace(u, r, status)
			})
		}
	}
}

func TestTheSameUploadAgainMakesNoSecondVersion(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload(shop)
	first := w.call("POST", importRoute, u.Body(shop))
	w.end(first.body["id"].(string), true) // it failed: DNS was not ready
	second := w.call("POST", importRoute, u.PFXBody(shop))
	if second.status != http.StatusAccepted || second.body["id"] == first.body["id"] {
		t.Fatalf("%d %s", second.status, second.raw)
	}
	if n := w.imports(); n != 1 {
		t.Errorf("%d versions of one certificate", n)
	}
	w.end(second.body["id"].(string), false)
	if r := w.call("POST", importRoute, w.upload(shop).Body(shop)); r.status != http.StatusAccepted || w.imports() != 2 {
		t.Errorf("a successor: %d %s, %d versions", r.status, r.raw, w.imports())
	}
}

// late lets an instance begin between the look for one and the import's start.

func (l *late) Import(ctx context.Context, r issuance.CertificateRequest, pfx []byte, password string) (issuance.VaultCertificate, error) {
	l.between()
	return l.Importer.Import(ctx, r, pfx, password)
}

func TestTwoClicksStartOneImport(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload(shop)
	var first reply
	importer := &late{Importer: w.ours}
	importer.between = func() {
		importer.between = func() {}
		first = w.call("POST", importRoute, u.Body(shop))
	}
	w.serve(importer)
	second := w.call("POST", importRoute, u.Body(shop))
	if second.status != http.StatusAccepted || second.body["id"] != first.body["id"] || w.imports() != 1 {
		t.Errorf("%d %s after %d %s, %d versions", second.status, second.raw, first.status, first.raw, w.imports())
	}
}

func TestTwoHostnamesThatMeetInOneNameBothHaveTheirCertificate(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	names := map[string]bool{}
	for _, hostname := range []string{"a.b.example.com", "a-b.example.com"} {
		r := w.call("POST", importRoute, w.upload(hostname).Body(hostname))
		if r.status != http.StatusAccepted {
			t.Fatalf("%d %s", r.status, r.raw)
		}
		in := w.call("GET", "/api/instances/"+r.body["id"].(string), "").body["input"].(map[string]any)
		names[in["certificateName"].(string)] = true
		if _, leaf, _ := w.kept(in["certificateName"].(string)); leaf.VerifyHostname(hostname) != nil {
			t.Errorf("%s is kept for %s", leaf.Subject, hostname)
		}
	}
	if len(names) != 2 || !names["a-b-example-com"] {
		t.Errorf("names %v", names)
	}
}

func TestAWildcardCanBeImported(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	u := w.upload("*.example.com")
	if r := w.call("POST", importRoute, u.Body("*.example.com")); r.status != http.StatusAccepted {
		t.Fatalf("%d %s", r.status, r.raw)
	}
	if key, _, _ := w.kept("wildcard-example-com"); !u.Key.Equal(key) {
		t.Error("the vault has another key")
	}
}
