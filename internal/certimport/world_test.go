package certimport_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"certgate/internal/certimport"
)

const shop = "shop.example.com"

var now = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// signer is a certificate with its key.
type signer struct {
	key  crypto.Signer
	cert *x509.Certificate
}

func (s signer) pem() string { return certPEM(s.cert) }

// authority is a root and what it signed: an intermediate.
type authority struct{ root, intermediate signer }

var serial struct {
	sync.Mutex
	n int64
}

// issue signs a certificate; by nil it signs itself.
func issue(t testing.TB, by *signer, key crypto.Signer, change func(*x509.Certificate)) signer {
	t.Helper()
	serial.Lock()
	serial.n++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial.n), Subject: pkix.Name{CommonName: shop}, DNSNames: []string{shop},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(60 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	serial.Unlock()
	if change != nil {
		change(c)
	}
	if by == nil {
		by = &signer{key: key, cert: c}
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key: key, cert: parsed}
}

func ca(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.Subject.CommonName, c.DNSNames, c.IsCA, c.ExtKeyUsage = name, nil, true, nil
		c.KeyUsage = x509.KeyUsageCertSign
	}
}

func newAuthority(t testing.TB) authority {
	t.Helper()
	root := issue(t, nil, newKey(t), ca("Test Root"))
	return authority{root: root, intermediate: issue(t, &root, newKey(t), ca("Test Intermediate"))}
}

func newKey(t testing.TB) *ecdsa.PrivateKey { return onCurve(t, elliptic.P256()) }

func onCurve(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// rsaKey is made once: it takes its time.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pkcs8DER(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func sec1DER(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func armour(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func certPEM(c *x509.Certificate) string { return armour("CERTIFICATE", c.Raw) }

func b64(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

// parsed asserts that the upload is taken, with this leaf and so many
// certificates, and that the vault's PFX has all of it.
func parsed(t *testing.T, want signer, certificates int, certificate, key, password string) {
	t.Helper()
	b, err := certimport.Parse(shop, certificate, key, password, now)
	if err != nil {
		t.Fatalf("refused: %v (%s)", err, reasonOf(err))
	}
	if !b.Leaf().Equal(want.cert) || len(b.Chain) != certificates {
		t.Fatalf("leaf %s, %d certificates, want %d", b.Leaf().Subject, len(b.Chain), certificates)
	}
	for i := 1; i < len(b.Chain); i++ {
		if err := b.Chain[i-1].CheckSignatureFrom(b.Chain[i]); err != nil {
			t.Errorf("certificate %d of the chain is not signed by the next: %v", i, err)
		}
	}
	opened(t, b, want.key)
}

func reasonOf(err error) certimport.Reason {
	var refused *certimport.Error
	if !errors.As(err, &refused) {
		return ""
	}
	return refused.Reason
}
