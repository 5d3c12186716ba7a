package gatewaydoc_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// recorded is the body of a reply of the real service; the test is skipped without it.
func recorded(t *testing.T, name string) []byte {
	t.Helper()
	dir := os.Getenv("CERTGATE_FIXTURES")
	if dir == "" {
		t.Skip("CERTGATE_FIXTURES is not set")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "recorded", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Response struct{ Body json.RawMessage }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Response.Body
}

// With an older api-version the service hides a certificate of a managed HSM, and
// shows an entry without anything.
func TestAGatewayIsNotWrittenWhileItHidesACertificate(t *testing.T) {
	t.Parallel()
	if err := parse(t, recorded(t, "gateway-hsm-read-with-2025-07-01")).Writable(); err != nil {
		t.Errorf("with the certificate in sight: %v", err)
	}
	wantFailure(t, parse(t, recorded(t, "gateway-hsm-read-with-2024-10-01")).Writable(), issuance.CodeGatewayRefused, "kind that this release")
}

// What the service sends is edited without a byte of it lost.
func TestRecordedGatewaysKeepTheirBytes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gateway-hsm-read-with-2025-07-01", "gateway-v2-keyvault-reference", "gateway-v2-tcp-listener", "gateway-v2-uploaded-certificate"} {
		t.Run(name, func(t *testing.T) {
			doc := recorded(t, name)
			if !strings.Contains(string(doc), "publicIPAddress") {
				t.Skip("no public address")
			}
			s := gatewaydoc.Settings{BackendPool: firstPool(t, doc), HTTPSettings: firstSettings(t, doc), HTTPSPort: 8443}
			edited, changed := apply(t, doc, s, listenersFor(2)...)
			if !changed {
				t.Fatal("nothing changed")
			}
			compare(t, doc, edited)
			back, _, refused, err := removeAll(edited, listenersFor(2)[0].Name, listenersFor(2)[1].Name)
			if err != nil || len(refused) > 0 {
				t.Fatal(err, refused)
			}
			compare(t, doc, back)
		})
	}
}
