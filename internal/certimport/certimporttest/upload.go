// Package certimporttest makes what people upload, and finds traces of it where
// it must not be.
package certimporttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"
)

// Upload is a certificate with its key and its authority.
type Upload struct {
	Key         *ecdsa.PrivateKey
	Leaf        *x509.Certificate
	Root        *x509.Certificate
	KeyPEM      string
	Certificate string // leaf and root, PEM
	Password    string // of PFX
	PFX         string // base64
}

// New makes an upload for the hostnames that is valid for 60 days from now.
func New(t testing.TB, now time.Time, hostnames ...string) Upload {
	t.Helper()
	u := Upload{Password: "a-password-nobody-has-2f9c"}
	rootKey := newKey(t)
	u.Root = sign(t, &x509.Certificate{Subject: pkix.Name{CommonName: "Upload Root"}, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, now, nil, rootKey, rootKey)
	u.Key = newKey(t)
	u.Leaf = sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: hostnames[0]}, DNSNames: hostnames,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, now, u.Root, u.Key, rootKey)

	der, err := x509.MarshalPKCS8PrivateKey(u.Key)
	must(t, err)
	u.KeyPEM = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	for _, c := range []*x509.Certificate{u.Leaf, u.Root} {
		u.Certificate += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
	}
	pfx, err := pkcs12.Modern2023.Encode(u.Key, u.Leaf, []*x509.Certificate{u.Root}, u.Password)
	must(t, err)
	u.PFX = base64.StdEncoding.EncodeToString(pfx)
	return u
}

// Body is the request that imports it, as PEM.
func (u Upload) Body(hostname string) string {
	return body(map[string]string{"hostname": hostname, "certificate": u.Certificate, "privatekey": u.KeyPEM})
}

// PFXBody is the request that imports it as a PFX.
func (u Upload) PFXBody(hostname string) string {
	return body(map[string]string{"hostname": hostname, "certificate": u.PFX, "password": u.Password})
}

func body(members map[string]string) string {
	raw, err := json.Marshal(members)
	if err != nil {
		panic(err) // strings always encode
	}
	return string(raw)
}

func sign(t testing.TB, c *x509.Certificate, now time.Time, by *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	var err error
	c.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	must(t, err)
	c.NotBefore, c.NotAfter, c.BasicConstraintsValid = now.Add(-time.Hour), now.AddDate(0, 0, 60), true
	if by == nil {
		by = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, by, key.Public(), signer)
	must(t, err)
	signed, err := x509.ParseCertificate(der)
	must(t, err)
	return signed
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
