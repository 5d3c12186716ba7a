package certimport_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

func utf16File(text string, little bool) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		if little {
			out = append(out, byte(unit), byte(unit>>8))
		} else {
			out = append(out, byte(unit>>8), byte(unit))
		}
	}
	return out
}

// spoiltFiles are the ways in which a whole file with key and chain arrives.
var spoiltFiles = map[string]func(string) string{
	"a data URL":                   func(s string) string { return "data:application/x-pem-file;base64," + b64([]byte(s)) },
	"a data URL without base64":    func(s string) string { return "data:text/plain," + s },
	"base64 with text before":      func(s string) string { return b64([]byte("Bag Attributes\n    localKeyID: 2D 55\n" + s)) },
	"base64 of a file with a mark": func(s string) string { return b64([]byte("\ufeff" + s)) },
	"base64 of UTF-16":             func(s string) string { return b64(utf16File(s, true)) },
	"base64 of UTF-16, big endian": func(s string) string { return b64(utf16File(s, false)) },
	"UTF-16 that was taken for text": func(s string) string {
		var out strings.Builder
		for _, b := range utf16File(s, true) {
			out.WriteRune(rune(b))
		}
		return out.String()
	},
}

func TestAWholeFileIsReadHoweverItArrives(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	file := leaf.pem() + ca.intermediate.pem() + armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	for how, spoil := range spoiltFiles {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			parsed(t, leaf, 2, spoil(file), "", "")
		})
	}
}

func TestWhatIsNearlyABlockIsNamedAndNotDropped(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	for name, c := range map[string]struct{ chain, says string }{
		"a lost dash at the beginning": {leaf.pem() + ca.intermediate.pem()[1:], `"----BEGIN CERTIFICATE-----"`},
		"a lost dash at the end":       {strings.Replace(leaf.pem(), "-----END", "----END", 1) + ca.intermediate.pem(), "Block 1 (CERTIFICATE) is not ended"},
		"no end line":                  {leaf.pem() + strings.Split(ca.intermediate.pem(), "-----END")[0], `"-----BEGIN CERTIFICATE-----"`},
		"bare base64 behind a block":   {leaf.pem() + withoutArmour(ca.intermediate.pem()), "base64 outside of the blocks"},
		"another end line":             {leaf.pem() + strings.Replace(ca.intermediate.pem(), "END CERTIFICATE", "END PKCS7", 1), "begins as CERTIFICATE and ends as PKCS7"},
		"a block that is cut":          {leaf.pem() + strings.Replace(ca.intermediate.pem(), "MI", "M!", 1), "Block 2 (CERTIFICATE) is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := certimport.Parse(shop, c.chain, key, "", now)
			if reasonOf(err) != certimport.CertificateNotValid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v", reasonOf(err), err)
			}
		})
	}
	_, err := certimport.Parse(shop, leaf.pem(), key[1:], "", now)
	if reasonOf(err) != certimport.PrivateKeyNotValid || !strings.Contains(err.Error(), `"----BEGIN PRIVATE KEY-----"`) {
		t.Errorf("a key with a lost dash: %s: %v", reasonOf(err), err)
	}
}

func TestARootNeverDisplacesTheCrossSignedCertificateOfItsName(t *testing.T) {
	t.Parallel()
	old := issue(t, nil, newKey(t), ca("Old Root"))
	root := issue(t, nil, newKey(t), func(c *x509.Certificate) {
		ca("New Root")(c)
		c.NotAfter = now.Add(20 * 365 * 24 * time.Hour) // longer than the cross-signed one
	})
	cross := issue(t, &old, root.key, ca("New Root"))
	cross.key = root.key
	intermediate := issue(t, &root, newKey(t), ca("Intermediate"))
	leaf := issue(t, &intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	b, err := certimport.Parse(shop, leaf.pem()+intermediate.pem()+root.pem()+cross.pem(), key, "", now)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Chain) != 3 || !b.Chain[2].Equal(cross.cert) {
		t.Errorf("the chain ends with the certificate of %s", b.Chain[len(b.Chain)-1].Issuer.CommonName)
	}
	// With the old root it goes on to it.
	b, err = certimport.Parse(shop, leaf.pem()+intermediate.pem()+root.pem()+cross.pem()+old.pem(), key, "", now)
	if err != nil || len(b.Chain) != 4 || !b.Chain[3].Equal(old.cert) {
		t.Errorf("with the old root: %d certificates, %v", len(b.Chain), err)
	}
}

// negative is the certificate with a negative serial number, which the standard
// library does not parse. Its signature is broken, as it is not looked at.
func negative(t *testing.T, s signer) []byte {
	t.Helper()
	var outline struct {
		Body      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(s.cert.Raw, &outline); err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(outline.Body.FullBytes), string([]byte{0x02, 0x01, byte(s.cert.SerialNumber.Int64())}))
	if at < 0 {
		t.Fatal("no short serial number")
	}
	outline.Body.FullBytes[at+2] |= 0x80
	der, err := asn1.Marshal(outline)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Fatal("it can be parsed")
	}
	return der
}

func small(name string) func(*x509.Certificate) {
	return func(c *x509.Certificate) { ca(name)(c); c.SerialNumber = big.NewInt(17) }
}

func TestACertificateThatCannotBeParsedCountsOnlyIfTheChainNeedsIt(t *testing.T) {
	t.Parallel()
	authority := newAuthority(t)
	leaf := issue(t, &authority.intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	legacy := negative(t, issue(t, nil, newKey(t), small("Legacy Root")))
	parsed(t, leaf, 2, leaf.pem()+authority.intermediate.pem()+armour("CERTIFICATE", legacy), key, "")

	needed := issue(t, &authority.root, newKey(t), small("Odd Intermediate"))
	below := issue(t, &needed, newKey(t), nil)
	_, err := certimport.Parse(shop, below.pem()+armour("CERTIFICATE", negative(t, needed)), armour("PRIVATE KEY", pkcs8DER(t, below.key)), "", now)
	if reasonOf(err) != certimport.CertificateChainNotValid || !strings.Contains(err.Error(), "Odd Intermediate, which the chain needs, cannot be read: negative serial number") {
		t.Errorf("%s: %v", reasonOf(err), err)
	}
	_, err = certimport.Parse(shop, armour("CERTIFICATE", legacy), key, "", now)
	if reasonOf(err) != certimport.CertificateNotValid || !strings.Contains(err.Error(), "Legacy Root cannot be read") {
		t.Errorf("alone: %s: %v", reasonOf(err), err)
	}

	for name, encoder := range map[string]*pkcs12.Encoder{"triple DES": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2, "PBES2": pkcs12.Modern2023} {
		t.Run("in a PFX, "+name, func(t *testing.T) {
			t.Parallel()
			odd := &x509.Certificate{Raw: legacy}
			pfx, err := encoder.Encode(leaf.key, leaf.cert, []*x509.Certificate{authority.intermediate.cert, odd}, "secret")
			if err != nil {
				t.Fatal(err)
			}
			parsed(t, leaf, 2, b64(pfx), "", "secret")
			_, err = certimport.Parse(shop, b64(pfx), "", "wrong", now)
			if reasonOf(err) != certimport.PasswordWrong {
				t.Errorf("a wrong password: %s: %v", reasonOf(err), err)
			}
			_, err = certimport.Parse(shop, b64(pfx), "", "", now)
			if reasonOf(err) != certimport.PasswordMissing {
				t.Errorf("no password: %s: %v", reasonOf(err), err)
			}
		})
	}
}

func TestALeafWithoutItsIntermediateIsTakenWithAWarning(t *testing.T) {
	t.Parallel()
	authority := newAuthority(t)
	leaf := issue(t, &authority.intermediate, newKey(t), func(c *x509.Certificate) {
		c.IssuingCertificateURL = []string{"http://ca.example/intermediate.cer"}
	})
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	b, err := certimport.Parse(shop, leaf.pem(), key, "", now)
	if err != nil || len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0], "Test Intermediate, which is at http://ca.example/intermediate.cer.") {
		t.Errorf("warnings %q, %v", b.Warnings, err)
	}
	if b, err = certimport.Parse(shop, leaf.pem()+authority.intermediate.pem(), key, "", now); err != nil || len(b.Warnings) != 0 {
		t.Errorf("with its intermediate: warnings %q, %v", b.Warnings, err)
	}
}

// repacked is a PFX whose safes were put together anew, so many times each, with an
// empty one behind them and without MAC.
func repacked(t testing.TB, pfx []byte, times int) []byte {
	t.Helper()
	type contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	var file struct {
		Version int
		Safe    contentInfo
		MAC     asn1.RawValue `asn1:"optional"`
	}
	var octets []byte
	var contents []contentInfo
	for _, step := range []struct {
		der  func() []byte
		into any
	}{{func() []byte { return pfx }, &file}, {func() []byte { return file.Safe.Content.Bytes }, &octets}, {func() []byte { return octets }, &contents}} {
		if _, err := asn1.Unmarshal(step.der(), step.into); err != nil {
			t.Fatal(err)
		}
	}
	marshal := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	data := func(octets []byte) contentInfo {
		return contentInfo{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: marshal(octets)}}
	}
	contents = append(slices.Repeat(contents, times), data(marshal([]asn1.RawValue{})))
	return marshal(struct {
		Version int
		Safe    contentInfo
	}{3, data(marshal(contents))})
}

func TestAPFXWithoutMACAndWithManySafesIsRead(t *testing.T) {
	t.Parallel()
	authority := newAuthority(t)
	leaf := issue(t, &authority.intermediate, newKey(t), nil)
	for name, encoder := range map[string]*pkcs12.Encoder{"triple DES": pkcs12.LegacyDES, "RC2": pkcs12.LegacyRC2, "PBES2": pkcs12.Modern2023} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pfx, err := encoder.Encode(leaf.key, leaf.cert, []*x509.Certificate{authority.intermediate.cert}, "pässword")
			if err != nil {
				t.Fatal(err)
			}
			parsed(t, leaf, 2, b64(repacked(t, pfx, 1)), "", "pässword")
			for password, want := range map[string]certimport.Reason{"": certimport.PasswordMissing, "wrong": certimport.PasswordWrong} {
				if _, err := certimport.Parse(shop, b64(repacked(t, pfx, 1)), "", password, now); reasonOf(err) != want {
					t.Errorf("password %q: %s: %v", password, reasonOf(err), err)
				}
			}
		})
	}
	pfx, err := pkcs12.Passwordless.Encode(leaf.key, leaf.cert, []*x509.Certificate{authority.intermediate.cert}, "")
	if err != nil {
		t.Fatal(err)
	}
	parsed(t, leaf, 2, b64(repacked(t, pfx, 1)), "", "not needed")
	store, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{authority.root.cert}, "secret")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certimport.Parse(shop, b64(store), "", "secret", now); reasonOf(err) != certimport.PrivateKeyMissing || !strings.Contains(err.Error(), "The PFX has no private key") {
		t.Errorf("a PFX without a key: %s: %v", reasonOf(err), err)
	}
}

// explicit is the key with its curve written out, as some tools write it.
func explicit(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	p := elliptic.P256().Params()
	point := append(append([]byte{4}, p.Gx.FillBytes(make([]byte, 32))...), p.Gy.FillBytes(make([]byte, 32))...)
	type field struct {
		Type  asn1.ObjectIdentifier
		Prime *big.Int
	}
	type curve struct{ A, B []byte }
	parameters, err := asn1.Marshal(struct {
		Version int
		Field   field
		Curve   curve
		Base    []byte
		Order   *big.Int
		Factor  int
	}{1, field{asn1.ObjectIdentifier{1, 2, 840, 10045, 1, 1}, p.P}, curve{new(big.Int).Sub(p.P, big.NewInt(3)).Bytes(), p.B.Bytes()}, point, p.N, 1})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct {
		Version    int
		Key        []byte
		Parameters asn1.RawValue
	}{1, raw, asn1.RawValue{Class: 2, Tag: 0, IsCompound: true, Bytes: parameters}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestAnECKeyWithItsCurveWrittenOutHasItsOwnReason(t *testing.T) {
	t.Parallel()
	authority := newAuthority(t)
	key := newKey(t)
	leaf := issue(t, &authority.intermediate, key, nil)
	for how, text := range map[string]string{"PEM": armour("EC PRIVATE KEY", explicit(t, key)), "base64": b64(explicit(t, key))} {
		_, err := certimport.Parse(shop, leaf.pem(), text, "", now)
		refused, ok := err.(*certimport.Error)
		if !ok || refused.Reason != certimport.PrivateKeyNotSupported || !strings.Contains(refused.Fix, "named_curve") {
			t.Errorf("%s: %#v", how, err)
		}
	}
}
