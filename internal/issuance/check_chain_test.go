package issuance

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// An authority, or somebody in its place, hands out what it likes. Only what fits
// the vault's key, the hostname and the time replaces a certificate.
func TestAChainThatDoesNotFitIsNotInstalled(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	key, other, root := newKey(t), newKey(t), newKey(t)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"shop.example.com"}}, key)
	if err != nil {
		t.Fatal(err)
	}
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Issuer"}, NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	issue := func(holder, by *ecdsa.PrivateKey, change func(*x509.Certificate)) []byte {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{"shop.example.com"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
		if change != nil {
			change(leaf)
		}
		der, err := x509.CreateCertificate(rand.Reader, leaf, issuer, holder.Public(), by)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	issuerDER, err := x509.CreateCertificate(rand.Reader, issuer, issuer, root.Public(), root)
	if err != nil {
		t.Fatal(err)
	}
	leaf := issue(key, root, nil)
	for name, c := range map[string]struct {
		chain [][]byte
		csr   []byte
		says  string
	}{
		"as it should be":         {[][]byte{leaf, issuerDER}, csr, ""},
		"the leaf alone":          {[][]byte{leaf}, csr, ""},
		"nothing":                 {nil, csr, "empty"},
		"no certificate":          {[][]byte{[]byte("hello")}, csr, "not a certificate"},
		"garbage behind it":       {[][]byte{leaf, []byte("hello")}, csr, "not a certificate"},
		"for another key":         {[][]byte{issue(other, root, nil), issuerDER}, csr, errForeignKey.Error()},
		"for another hostname":    {[][]byte{issue(key, root, func(c *x509.Certificate) { c.DNSNames = []string{"evil.example.com"} }), issuerDER}, csr, "does not name shop.example.com"},
		"in its common name only": {[][]byte{issue(key, root, func(c *x509.Certificate) { c.DNSNames, c.Subject.CommonName = nil, "shop.example.com" }), issuerDER}, csr, "does not name"},
		"expired":                 {[][]byte{issue(key, root, func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), issuerDER}, csr, "expired"},
		"signed by somebody else": {[][]byte{issue(key, other, nil), issuerDER}, csr, "not signed by the next"},
		"in the wrong order":      {[][]byte{issuerDER, leaf}, csr, errForeignKey.Error()},
		"too large for a gateway": {[][]byte{issue(key, root, func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, manyNames(90)...) }), issuerDER}, csr, "Application Gateway takes 16384"},
		"large":                   {[][]byte{issue(key, root, func(c *x509.Certificate) { c.DNSNames = append(c.DNSNames, manyNames(70)...) }), issuerDER}, csr, ""},
		"for a CSR that is none":  {[][]byte{leaf}, []byte("hello"), "not readable"},
	} {
		err := checkChain(c.chain, c.csr, []string{"shop.example.com"}, now)
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
		if errors.Is(err, errForeignKey) != (c.says == errForeignKey.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// manyNames are hostnames of 200 letters.
func manyNames(n int) (names []string) {
	label := strings.Repeat("a", 60) + "."
	for i := range n {
		names = append(names, fmt.Sprintf("h%05d.", i)+strings.Repeat(label, 3)+"example.com")
	}
	return names
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
