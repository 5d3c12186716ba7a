package vaultsim_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/localstack/vaultsim"
	"certgate/localstack/vaultsim/bundle"
)

// uploaded is a key with a chain from outside of the vault: leaf first.
func uploaded(t *testing.T, key crypto.Signer) bundle.Bundle {
	t.Helper()
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"up.example"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	b := bundle.Bundle{Key: key}
	for _, der := range newCA(t).sign(t, csr) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		b.Certificates = append(b.Certificates, c)
	}
	return b
}

func rsaKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemOf(t *testing.T, b bundle.Bundle) string {
	t.Helper()
	text, err := bundle.EncodePEM(b)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func pfxOf(t *testing.T, b bundle.Bundle, password string) string {
	t.Helper()
	der, err := pkcs12.Modern.Encode(b.Key, b.Certificates[0], b.Certificates[1:], password)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func contentType(name string) *azcertificates.CertificatePolicy {
	return &azcertificates.CertificatePolicy{SecretProperties: &azcertificates.SecretProperties{ContentType: &name}}
}

func TestAnImportKeepsTheOrderOfTheUpload(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	b := uploaded(t, rsaKey(t))
	for _, tc := range []struct {
		name     string
		value    string
		password *string
		policy   *azcertificates.CertificatePolicy
	}{
		{"pfx", pfxOf(t, b, "123"), to.Ptr("123"), contentType(bundle.TypePFX)},
		{"pfx-without-policy", pfxOf(t, b, ""), nil, nil},
		{"pem", pemOf(t, b), nil, contentType(bundle.TypePEM)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := s.certs.ImportCertificate(t.Context(), tc.name, azcertificates.ImportCertificateParameters{
				Base64EncodedCertificate: &tc.value, Password: tc.password, CertificatePolicy: tc.policy, Tags: map[string]*string{"Hostname": to.Ptr("up.example")}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.CER, b.Certificates[0].Raw) || *got.Tags["Hostname"] != "up.example" || !*got.Policy.KeyProperties.Exportable {
				t.Errorf("certificate is %+v", got.Certificate)
			}
			secret, err := s.secrets.GetSecret(t.Context(), tc.name, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			read, err := bundle.Parse(*secret.Value, *secret.ContentType)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range read.Certificates {
				if !c.Equal(b.Certificates[i]) {
					t.Errorf("certificate %d of the secret is %s", i, c.Subject)
				}
			}
		})
	}
}

func TestImportsThatTheVaultRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	b, ec := uploaded(t, rsaKey(t)), uploaded(t, ecKey(t))
	foreign := bundle.Bundle{Key: rsaKey(t), Certificates: b.Certificates}
	pkcs1 := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(b.Key.(*rsa.PrivateKey))})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Certificates[0].Raw}))
	ecUsage := func(usage ...azcertificates.KeyUsageType) *azcertificates.CertificatePolicy {
		p := contentType(bundle.TypePEM)
		p.X509CertificateProperties = &azcertificates.X509CertificateProperties{KeyUsage: to.SliceOfPtrs(usage...)}
		return p
	}
	for _, tc := range []struct {
		name, value, password string
		policy                *azcertificates.CertificatePolicy
		refused               bool
	}{
		{"PKCS1 key", pkcs1, "", contentType(bundle.TypePEM), true},
		{"PEM that the policy does not announce", pemOf(t, b), "", nil, true},
		{"text around the PEM", "subject=up\n" + pemOf(t, b), "", contentType(bundle.TypePEM), true},
		{"key of another certificate", pemOf(t, foreign), "", contentType(bundle.TypePEM), true},
		{"wrong password", pfxOf(t, b, "123"), "456", contentType(bundle.TypePFX), true},
		{"not base64", "MIIJ...", "123", contentType(bundle.TypePFX), true},
		{"EC without key usage", pemOf(t, ec), "", contentType(bundle.TypePEM), true},
		{"EC that shall encrypt", pemOf(t, ec), "", ecUsage(azcertificates.KeyUsageTypeDigitalSignature, azcertificates.KeyUsageTypeKeyEncipherment), true},
		{"EC that signs", pemOf(t, ec), "", ecUsage(azcertificates.KeyUsageTypeDigitalSignature), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := s.certs.ImportCertificate(t.Context(), "up", azcertificates.ImportCertificateParameters{
				Base64EncodedCertificate: &tc.value, Password: &tc.password, CertificatePolicy: tc.policy}, nil)
			if !tc.refused {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantRefusal(t, err, 400, "BadParameter", "")
		})
	}
}

func TestAKeyThatIsNotExportableIsNotInTheSecret(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	for _, form := range []string{bundle.TypePFX, bundle.TypePEM} {
		p := ecPolicy("c.example")
		p.KeyProperties.Exportable = to.Ptr(false)
		p.SecretProperties.ContentType = &form
		name := "c" + form[len(form)-3:]
		op := s.create(t, name, p)
		if _, err := s.certs.MergeCertificate(t.Context(), name, azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, op.CSR)}, nil); err != nil {
			t.Fatal(err)
		}
		secret, err := s.secrets.GetSecret(t.Context(), name, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bundle.Parse(*secret.Value, form); err == nil {
			t.Errorf("%s has a key", form)
		}
	}
}
