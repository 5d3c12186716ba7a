package certimport_test

import (
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

// opened asserts that the vault would get the key and the whole chain.
func opened(t *testing.T, b certimport.Bundle, want crypto.Signer) {
	t.Helper()
	pfx, password, err := b.PFX()
	if err != nil {
		t.Fatal(err)
	}
	key, leaf, others, err := pkcs12.DecodeChain(pfx, password)
	if err != nil {
		t.Fatal(err)
	}
	if k, ok := key.(interface{ Equal(crypto.PrivateKey) bool }); !ok || !k.Equal(want) {
		t.Errorf("the PFX has another key (%T)", key)
	}
	if !leaf.Equal(b.Leaf()) || len(others) != len(b.Chain)-1 {
		t.Errorf("the PFX has leaf %s and %d others, want %s and %d", leaf.Subject, len(others), b.Leaf().Subject, len(b.Chain)-1)
	}
}

// spoilt are the ways in which a PEM text arrives.
var spoilt = map[string]func(string) string{
	"as it is":              func(s string) string { return s },
	"CRLF":                  func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"escaped line breaks":   func(s string) string { return strings.ReplaceAll(s, "\n", `\n`) },
	"escaped CRLF":          func(s string) string { return strings.ReplaceAll(s, "\n", `\r\n`) },
	"line breaks as blanks": func(s string) string { return strings.ReplaceAll(s, "\n", " ") },
	"no line breaks":        func(s string) string { return strings.ReplaceAll(s, "\n", "") },
	"no armour":             withoutArmour,
	"no armour, one line":   func(s string) string { return strings.ReplaceAll(withoutArmour(s), "\n", "") },
	"no armour, URL alphabet": func(s string) string {
		return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(withoutArmour(s))
	},
	"text around it": func(s string) string {
		return "Bag Attributes\n    friendlyName: shop\nsubject=/CN=shop\n" + s + "\nthe end\n"
	},
	"quoted":        func(s string) string { return `"` + s + `"` },
	"indented":      func(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") },
	"with a mark":   func(s string) string { return "\ufeff" + s },
	"all in base64": func(s string) string { return b64([]byte(s)) },
}

func withoutArmour(s string) string {
	var kept []string
	for line := range strings.Lines(s) {
		if !strings.HasPrefix(line, "-----") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func TestKeyAndCertificateAreReadHoweverTheTextArrives(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	for how, spoil := range spoilt {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			parsed(t, leaf, 1, spoil(leaf.pem()), spoil(armour("PRIVATE KEY", pkcs8DER(t, leaf.key))), "")
			if how != "no armour, URL alphabet" { // without padding two texts cannot be told apart
				parsed(t, leaf, 3, spoil(leaf.pem()+ca.intermediate.pem()+ca.root.pem()), spoil(armour("PRIVATE KEY", pkcs8DER(t, leaf.key))), "")
			}
		})
	}
}

func TestEveryFormOfKeyIsRead(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	ec, key := newKey(t), rsaKey()
	ecLeaf, rsaLeaf := issue(t, &ca.intermediate, ec, nil), issue(t, &ca.intermediate, key, nil)
	pkcs1 := x509.MarshalPKCS1PrivateKey(key)
	for name, c := range map[string]struct {
		leaf          signer
		key, password string
	}{
		"PKCS#8 EC":                     {ecLeaf, armour("PRIVATE KEY", pkcs8DER(t, ec)), ""},
		"PKCS#8 RSA":                    {rsaLeaf, armour("PRIVATE KEY", pkcs8DER(t, key)), ""},
		"PKCS#1":                        {rsaLeaf, armour("RSA PRIVATE KEY", pkcs1), ""},
		"SEC 1":                         {ecLeaf, armour("EC PRIVATE KEY", sec1DER(t, ec)), ""},
		"SEC 1 behind its parameters":   {ecLeaf, armour("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}) + armour("EC PRIVATE KEY", sec1DER(t, ec)), ""},
		"PKCS#1 under a wrong label":    {rsaLeaf, armour("PRIVATE KEY", pkcs1), ""},
		"PKCS#1 without armour":         {rsaLeaf, b64(pkcs1), ""},
		"SEC 1 without armour":          {ecLeaf, b64(sec1DER(t, ec)), ""},
		"plain, with a password":        {ecLeaf, armour("PRIVATE KEY", pkcs8DER(t, ec)), "not needed"},
		"encrypted PKCS#8":              {rsaLeaf, armour("ENCRYPTED PRIVATE KEY", encrypted(t, pkcs8DER(t, key), "pässword", pbes2{})), "pässword"},
		"encrypted PKCS#8, no armour":   {ecLeaf, b64(encrypted(t, pkcs8DER(t, ec), "password", pbes2{})), "password"},
		"old encrypted PEM, RSA":        {rsaLeaf, oldEncrypted(t, "RSA PRIVATE KEY", pkcs1, "password", x509.PEMCipherAES256), "password"},
		"old encrypted PEM, triple DES": {ecLeaf, oldEncrypted(t, "EC PRIVATE KEY", sec1DER(t, ec), "password", x509.PEMCipher3DES), "password"},
		"old encrypted PEM, one line": {ecLeaf, strings.ReplaceAll(
			oldEncrypted(t, "EC PRIVATE KEY", sec1DER(t, ec), "password", x509.PEMCipherAES128), "\n", " "), "password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed(t, c.leaf, 2, c.leaf.pem()+ca.intermediate.pem(), c.key, c.password)
		})
	}
}

func oldEncrypted(t *testing.T, label string, der []byte, password string, alg x509.PEMCipher) string {
	t.Helper()
	//nolint:staticcheck // This is how such files are made.
	block, err := x509.EncryptPEMBlock(rand.Reader, label, der, []byte(password), alg)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

func TestEveryCurveOfTheGatewayIsTaken(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		leaf := issue(t, &ca.intermediate, onCurve(t, curve), nil)
		parsed(t, leaf, 1, leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, leaf.key)), "")
	}
}

func TestAPFXIsReadWithAndWithoutPassword(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	for name, c := range map[string]struct {
		encoder        *pkcs12.Encoder
		password, sent string
		key            crypto.Signer
	}{
		"as OpenSSL 3 writes it":            {pkcs12.Modern2023, "password", "password", newKey(t)},
		"with PBMAC1":                       {pkcs12.Modern2026, "password", "password", newKey(t)},
		"as Windows writes it":              {pkcs12.LegacyDES, "password", "password", rsaKey()},
		"as old tools write it":             {pkcs12.LegacyRC2, "password", "password", rsaKey()},
		"with an empty password":            {pkcs12.Modern2023, "", "", newKey(t)},
		"as Key Vault hands it out":         {pkcs12.Passwordless, "", "", newKey(t)},
		"a password that it has no need of": {pkcs12.Passwordless, "", "password", newKey(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			leaf := issue(t, &ca.intermediate, c.key, nil)
			pfx, err := c.encoder.Encode(c.key, leaf.cert, []*x509.Certificate{ca.root.cert, ca.intermediate.cert}, c.password)
			if err != nil {
				t.Fatal(err)
			}
			parsed(t, leaf, 3, b64(pfx), "", c.sent)
			parsed(t, leaf, 3, armour("PKCS12", pfx), "", c.sent)
		})
	}
}

func TestTheChainIsSortedWhateverItsOrder(t *testing.T) {
	t.Parallel()
	ca, other := newAuthority(t), newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	for name, c := range map[string]struct {
		certificate, key string
		certificates     int
	}{
		"leaf first":                 {leaf.pem() + ca.intermediate.pem() + ca.root.pem(), key, 3},
		"root first":                 {ca.root.pem() + ca.intermediate.pem() + leaf.pem(), key, 3},
		"leaf in the middle":         {ca.intermediate.pem() + leaf.pem() + ca.root.pem(), key, 3},
		"twice the same":             {leaf.pem() + leaf.pem() + ca.intermediate.pem(), key, 2},
		"without the root":           {ca.intermediate.pem() + leaf.pem(), key, 2},
		"a stray beside it":          {leaf.pem() + other.root.pem() + ca.intermediate.pem(), key, 2},
		"the key in the certificate": {key + leaf.pem() + ca.intermediate.pem(), "", 2},
		"the key in both":            {key + leaf.pem(), key, 1},
		"the chain below the key":    {leaf.pem(), key + ca.intermediate.pem(), 2},
		"concatenated DER":           {b64(append(append([]byte{}, leaf.cert.Raw...), ca.intermediate.cert.Raw...)), key, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed(t, leaf, c.certificates, c.certificate, c.key, "")
		})
	}
}

func TestOfTwoCertificatesOfOneKeyTheLongerOneForTheHostnameIsMeant(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	key := newKey(t)
	old := issue(t, &ca.intermediate, key, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 5) })
	renewed := issue(t, &ca.intermediate, key, nil)
	other := issue(t, &ca.intermediate, key, func(c *x509.Certificate) { c.DNSNames, c.NotAfter = []string{"else.example.com"}, now.AddDate(1, 0, 0) })
	parsed(t, renewed, 2, old.pem()+other.pem()+renewed.pem()+ca.intermediate.pem(), armour("PRIVATE KEY", pkcs8DER(t, key)), "")
}

func TestAWildcardCertificateServesItsNames(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), func(c *x509.Certificate) { c.DNSNames = []string{"*.example.com"} })
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	for hostname, want := range map[string]certimport.Reason{
		shop: "", "*.example.com": "", "example.com": certimport.HostNotCovered, "a.b.example.com": certimport.HostNotCovered,
	} {
		_, err := certimport.Parse(hostname, leaf.pem(), key, "", now)
		if reasonOf(err) != want {
			t.Errorf("%s: %v", hostname, err)
		}
	}
}
