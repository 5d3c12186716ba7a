package gatewaydoc_test

import (
	"testing"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

const wildSecret = "https://other.vault.azure.net/secrets/wild"

// A certificate that was taken over keeps its entry: its renewal changes nothing.
func TestACertificateThatWasTakenOverIsFoundByItsSecret(t *testing.T) {
	t.Parallel()
	raw := with(t, appgatewaytest.Gateway(), "properties.httpListeners.0.properties.sslCertificate.id", `"`+appgatewaytest.ID+`/sslCertificates/wild"`)
	doc, err := gatewaydoc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	l := issuance.Listener{Name: "their-name", Hostname: "shop.example.net", SecretID: wildSecret}
	if !doc.Has(l, settings) {
		t.Fatal("the listener does not stand")
	}
	if changed, err := doc.Want(l, settings); err != nil || changed {
		t.Errorf("it was changed: %t, %v", changed, err)
	}
}

func TestPointingGivesListenersAnEntryAndAnEntryItsSecret(t *testing.T) {
	t.Parallel()
	doc, err := gatewaydoc.Parse(appgatewaytest.Gateway())
	if err != nil {
		t.Fatal(err)
	}
	shopListener := entryOf(t, doc)
	p := issuance.Pointing{Entry: "wild", SecretID: wildSecret + "/0123", Listeners: []string{shopListener}}
	if doc.Points(p) {
		t.Fatal("it stands before")
	}
	if changed, err := doc.Point(p); err != nil || !changed {
		t.Fatalf("%t, %v", changed, err)
	}
	if changed, err := doc.Point(p); err != nil || changed || !doc.Points(p) {
		t.Errorf("twice: %t, %v", changed, err)
	}
	for name, bad := range map[string]issuance.Pointing{
		"no entry":       {Entry: "gone"},
		"another secret": {Entry: "wild", SecretID: "https://other.vault.azure.net/secrets/else"},
		"no listener":    {Entry: "wild", Listeners: []string{"gone"}},
	} {
		if changed, err := doc.Point(bad); err == nil || changed {
			t.Errorf("%s: %t, %v", name, changed, err)
		}
	}
}

// entryOf is the name of the listener with the uploaded certificate.
func entryOf(t *testing.T, doc *gatewaydoc.Document) string {
	t.Helper()
	for _, f := range doc.Inventory().Found {
		if f.Entry == "legacy" {
			return f.Name
		}
	}
	t.Fatal("no listener has the uploaded certificate")
	return ""
}
