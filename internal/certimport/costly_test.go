package certimport_test

import (
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

// hugeRSA is a PKCS#1 key with a modulus of so many bits, which takes the cube
// of them to be found wrong.
func hugeRSA(t *testing.T, bits uint) []byte {
	t.Helper()
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits/2), big.NewInt(159))
	n := new(big.Int).Mul(p, p)
	der, err := asn1.Marshal(struct {
		Version                       int
		N                             *big.Int
		E                             int
		D, P, Q, DP, DQ, Coefficients *big.Int
	}{N: n, E: 65537, D: new(big.Int).Sub(n, big.NewInt(4)), P: p, Q: p, DP: p, DQ: p, Coefficients: p})
	must(t, err)
	return der
}

// An upload is opened and checked while the caller waits: what would take minutes
// is refused by its size or number, before any work.
func TestAnUploadThatIsToCostMinutesIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	huge := hugeRSA(t, 300_000)
	// The first opens; with the right password each of the others would, too.
	locked := armour("ENCRYPTED PRIVATE KEY", encrypted(t, pkcs8DER(t, leaf.key), "password", pbes2{}))
	pfx, err := pkcs12.Modern2023.Encode(leaf.key, leaf.cert, nil, "password")
	must(t, err)
	long := append(pfx[:len(pfx):len(pfx)], make([]byte, 64<<10)...)
	for name, c := range map[string]struct {
		certificate, key string
		want             certimport.Reason
		says             string
	}{
		"a huge key":                             {leaf.pem(), armour("RSA PRIVATE KEY", huge), certimport.PrivateKeyNotValid, "more than any key for TLS"},
		"a huge key as bare one":                 {leaf.pem(), b64(huge), certimport.PrivateKeyNotValid, "more than any key for TLS"},
		"a huge key that is to be a certificate": {b64(huge), key, certimport.CertificateNotValid, "not one"},
		"a huge key, encrypted":                  {leaf.pem(), armour("ENCRYPTED PRIVATE KEY", encrypted(t, huge, "password", pbes2{})), certimport.PasswordWrong, "does not open"},
		"one key many times":                     {leaf.pem(), strings.Repeat(locked, 4), certimport.PrivateKeyNotValid, "more than 3 private keys"},
		"one PFX many times":                     {strings.Repeat(armour("PKCS12", pfx), 4), "", certimport.PrivateKeyNotValid, "more than 3 private keys"},
		"a PFX of many parts":                    {b64(repacked(t, pfx, 9)), "", certimport.CertificateNotValid, "more than 8 encrypted parts"},
		"a huge PFX":                             {armour("PKCS12", long), "", certimport.CertificateNotValid, "at most 65536"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := certimport.Parse(shop, c.certificate, c.key, "password", now)
			if reasonOf(err) != c.want || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %s: %v, want %s with %q", reasonOf(err), err, c.want, c.says)
			}
		})
	}
	if _, err := certimport.Parse(shop, leaf.pem()+locked, locked, "password", now); err != nil {
		t.Errorf("the same key in both members: %v", err)
	}
}
