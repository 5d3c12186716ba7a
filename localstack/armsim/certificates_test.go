package armsim_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/localstack/armsim"
	"certgate/localstack/vaultsim/bundle"
)

// selfSigned is a key with a certificate; extra makes it that many bytes larger.
func selfSigned(t *testing.T, host string, extra int) bundle.Bundle {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host, OrganizationalUnit: []string{strings.Repeat("x", extra)}},
		DNSNames: []string{host}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Bundle{Key: key, Certificates: []*x509.Certificate{cert}}
}

func pfx(t *testing.T, b bundle.Bundle) string {
	t.Helper()
	value, err := bundle.EncodePFX(b)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestOneCertificateThatCannotBeReadFailsTheWholeChange(t *testing.T) {
	t.Parallel()
	const good, bad = "https://v.vault.azure.net/secrets/good", "https://v.vault.azure.net/secrets/bad"
	certsOnly, err := bundle.EncodeCertificates(selfSigned(t, "bad.example", 0).Certificates, bundle.TypePFX)
	if err != nil {
		t.Fatal(err)
	}
	text, err := bundle.EncodePEM(selfSigned(t, "bad.example", 0))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, value string
		status      int
		detail      string
	}{
		{"forbidden", "", 403, "ApplicationGatewayKeyVaultSecretAccessDenied"},
		{"deleted", "", 0, "ApplicationGatewayKeyVaultSecretAccessDenied"},
		{"key not exportable", certsOnly, 0, "ApplicationGatewaySslCertificateInvalidData"},
		{"PEM", text, 0, "ApplicationGatewaySslCertificateInvalidData"},
		{"over 16 KiB", pfx(t, selfSigned(t, "bad.example", 17<<10)), 0, "ApplicationGatewaySslCertificateInvalidData"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			vault := &shelf{present: bundle.TypePFX, values: map[string]string{good: pfx(t, selfSigned(t, "good.example", 0))}, refuse: map[string]int{bad: tc.status}}
			if tc.value != "" {
				vault.values[bad] = tc.value
			}
			s := setup(t, armsim.Options{Secrets: vault})
			var served atomic.Value
			s.sim.Subscribe(func(c armsim.Change) { served.Store(string(c.Document)) })
			before := served.Load()
			d := s.get(t)
			d.addSite("bad", "bad.example", bad, 1)
			d.addSite("good", "good.example", good, 2)
			_, err := s.put(t.Context(), d)
			wantRefusal(t, err, 200, "ApplicationGatewayKeyVaultSecretException", tc.detail)
			var re *azcore.ResponseError
			errors.As(err, &re)
			body, err := runtime.Payload(re.RawResponse)
			if err != nil || !strings.Contains(string(body), "sslCertificates/bad'") || strings.Contains(string(body), "sslCertificates/good'") {
				t.Errorf("the error does not name the broken certificate alone: %s", body)
			}
			if served.Load() != before {
				t.Error("the gateway serves a change that failed")
			}
			after := s.get(t)
			if after.properties()["provisioningState"] != "Failed" || len(after.names("sslCertificates")) != 2 {
				t.Errorf("the goal is not kept: %v, %v", after.properties()["provisioningState"], after.names("sslCertificates"))
			}
			clean := s.get(t)
			for _, collection := range []string{"sslCertificates", "httpListeners", "requestRoutingRules"} {
				var rest []any
				for _, child := range clean.properties()[collection].([]any) {
					if !strings.HasPrefix(child.(map[string]any)["name"].(string), "bad") {
						rest = append(rest, child)
					}
				}
				clean.properties()[collection] = rest
			}
			if _, err := s.put(t.Context(), clean); err != nil {
				t.Errorf("without the broken one: %v", err)
			}
		})
	}
}

func TestAGatewayWithoutIdentityReadsNoVault(t *testing.T) {
	t.Parallel()
	const id = "https://v.vault.azure.net/secrets/c"
	s := setup(t, armsim.Options{Secrets: &shelf{present: bundle.TypePFX, values: map[string]string{id: pfx(t, selfSigned(t, "c.example", 0))}}})
	d := s.get(t)
	delete(d, "identity")
	d.addSite("c", "c.example", id, 1)
	_, err := s.put(t.Context(), d)
	wantRefusal(t, err, 200, "ApplicationGatewayKeyVaultSecretException", "ApplicationGatewayKeyVaultSecretAccessDenied")
}

func TestAnUploadedKeyNeverComesBackButStays(t *testing.T) {
	t.Parallel()
	s := setup(t, armsim.Options{})
	b := selfSigned(t, "up.example", 0)
	der, err := pkcs12.Modern.Encode(b.Key, b.Certificates[0], nil, "123")
	if err != nil {
		t.Fatal(err)
	}
	data := base64.StdEncoding.EncodeToString(der)
	var served atomic.Value
	s.sim.Subscribe(func(c armsim.Change) { served.Store(string(c.Document)) })
	d := s.get(t)
	d.add("sslCertificates", "up", map[string]any{"data": data, "password": "123"})
	poller, err := s.begin(t.Context(), d, "")
	if err != nil {
		t.Fatal(err)
	}
	shown := func(d document) map[string]any {
		return d.properties()["sslCertificates"].([]any)[0].(map[string]any)["properties"].(map[string]any)
	}
	if p := shown(s.get(t)); p["publicCertData"] != nil && p["provisioningState"] == "Updating" {
		t.Error("the certificate is shown before it has been uploaded")
	}
	got, err := wait(t.Context(), poller)
	if err != nil {
		t.Fatal(err)
	}
	p := shown(got)
	public, err := base64.StdEncoding.DecodeString(p["publicCertData"].(string))
	if p["data"] != nil || p["password"] != nil || err != nil || !bytes.Contains(public, b.Certificates[0].Raw) {
		t.Errorf("certificate is shown as %v", p)
	}
	if _, err := s.put(t.Context(), got); err != nil {
		t.Fatalf("sent back as it was read: %v", err)
	}
	if !strings.Contains(served.Load().(string), data) {
		t.Error("the gateway itself has lost the key")
	}
	raw, err := json.Marshal(s.get(t))
	if err != nil || strings.Contains(string(raw), data) {
		t.Errorf("GET shows the key (%v)", err)
	}
}
