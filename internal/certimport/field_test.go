package certimport_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"certgate/internal/certimport"
	"certgate/localstack/recorded"
)

// fieldTime is when the uploads that people sent were valid.
var fieldTime = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

func fieldUpload(t *testing.T, name string) (certimport.Bundle, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recorded.Folder(t, "field"), name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var body struct{ Hostname, Certificate, PrivateKey, Password string }
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatal(err)
	}
	return certimport.Parse(body.Hostname, body.Certificate, body.PrivateKey, body.Password, fieldTime)
}

func TestUploadsOfTheFieldAreTaken(t *testing.T) {
	t.Parallel()
	for name, chain := range map[string][]string{
		"01-base64-of-pem-with-bag-attributes":            {"*.imp.example.test", "Example Intermediate I1"},
		"02-chain-with-cross-signed-and-self-signed-root": {"*.geny.example.test", "YR2", "Root YR"},
		"03-pfx-with-three-safe-contents":                 {"*.imp.example.test", "Example Intermediate I1"},
		"03-pfx-without-mac":                              {"*.imp.example.test", "Example Intermediate I1"},
		"04-chain-with-unneeded-root-of-negative-serial":  {"*.imp.example.test", "Example Intermediate I1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := fieldUpload(t, name)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range b.Chain {
				got = append(got, c.Subject.CommonName)
			}
			if strings.Join(got, ", ") != strings.Join(chain, ", ") {
				t.Errorf("the chain is %v, want %v", got, chain)
			}
			if last := b.Chain[len(b.Chain)-1]; last.Subject.String() == last.Issuer.String() {
				t.Error("the chain ends with a root in place of the cross-signed certificate")
			}
		})
	}
}

func TestUploadsOfTheFieldAreRefusedWithTheirCause(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		reason      certimport.Reason
		says, fixes string
	}{
		"10-ec-key-with-explicit-parameters":      {certimport.PrivateKeyNotSupported, "curve is written out (explicit parameters)", "-ec_param_enc named_curve"},
		"12-intermediate-with-damaged-begin-line": {certimport.CertificateNotValid, `The line "----BEGIN CERTIFICATE-----" begins or ends no block`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := fieldUpload(t, name)
			refused, ok := err.(*certimport.Error)
			if !ok || refused.Reason != want.reason || !strings.Contains(refused.Sentence, want.says) || !strings.Contains(refused.Fix, want.fixes) {
				t.Errorf("%#v", err)
			}
		})
	}
}
