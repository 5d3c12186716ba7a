package certimport_test

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

func TestWhatCannotBeInstalledIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	ca, other := newAuthority(t), newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	key := armour("PRIVATE KEY", pkcs8DER(t, leaf.key))
	with := func(change func(*x509.Certificate)) string { return issue(t, &ca.intermediate, leaf.key, change).pem() }
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: shop}}, leaf.key)
	must(t, err)
	pfx, err := pkcs12.Modern2023.Encode(leaf.key, leaf.cert, nil, "pfx-password")
	must(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	must(t, err)
	exchangeDER, err := x509.MarshalPKCS8PrivateKey(exchange)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(leaf.key.Public())
	must(t, err)
	locked := armour("ENCRYPTED PRIVATE KEY", encrypted(t, pkcs8DER(t, leaf.key), "key-password", pbes2{}))
	old := oldEncrypted(t, "EC PRIVATE KEY", sec1DER(t, newKey(t)), "key-password", x509.PEMCipherAES256)
	expired := issue(t, &ca.root, newKey(t), func(c *x509.Certificate) {
		change(c, "Test Expired")
		c.NotAfter = now.Add(-time.Hour)
	})
	belowExpired := issue(t, &expired, leaf.key, nil)
	var many strings.Builder
	for range 21 {
		many.WriteString(with(nil))
	}

	for _, c := range []struct {
		name                       string
		certificate, key, password string
		want                       certimport.Reason
		says                       string
	}{
		{"nothing", "", "", "", certimport.CertificateMissing, "no certificate"},
		{"no certificate", "  \n", key, "", certimport.CertificateMissing, "no certificate"},
		{"no key", leaf.pem(), "", "", certimport.PrivateKeyMissing, "no private key"},

		{"key of no form", leaf.pem(), "hello, I am the key!", "", certimport.PrivateKeyNotValid, "PKCS#8"},
		{"key cut off", leaf.pem(), key[:len(key)/2], "", certimport.PrivateKeyNotValid, "damaged"},
		{"key of other base64", leaf.pem(), b64([]byte("not a key at all")), "", certimport.PrivateKeyNotValid, "damaged"},
		{"two keys", leaf.pem(), key + armour("PRIVATE KEY", pkcs8DER(t, newKey(t))), "", certimport.PrivateKeyNotValid, "more than one"},
		{"public key", leaf.pem(), armour("PUBLIC KEY", public), "", certimport.PrivateKeyNotValid, "public key"},
		{"certificate as key", leaf.pem(), b64(leaf.cert.Raw), "", certimport.PrivateKeyNotValid, "is a certificate"},
		{"PFX as key", leaf.pem(), b64(pfx), "pfx-password", certimport.PrivateKeyNotValid, "PFX"},

		{"RSA of 1024 bits", leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, small)), "", certimport.PrivateKeyNotSupported, "1024 bits"},
		{"P-224", leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, onCurve(t, elliptic.P224()))), "", certimport.PrivateKeyNotSupported, "P-224"},
		{"a Bitcoin curve", leaf.pem(), armour("PRIVATE KEY", otherCurve(t)), "", certimport.PrivateKeyNotSupported, "curve"},
		{"Ed25519", leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, edwards)), "", certimport.PrivateKeyNotSupported, "neither"},
		{"X25519", leaf.pem(), armour("PRIVATE KEY", exchangeDER), "", certimport.PrivateKeyNotSupported, "neither"},
		{"OpenSSH", leaf.pem(), armour("OPENSSH PRIVATE KEY", []byte("openssh-key-v1")), "", certimport.PrivateKeyNotSupported, "OPENSSH"},

		{"encrypted key, no password", leaf.pem(), locked, "", certimport.PasswordMissing, "private key is encrypted"},
		{"encrypted key, wrong password", leaf.pem(), locked, "wrong", certimport.PasswordWrong, "does not open"},
		{"old encrypted PEM, no password", leaf.pem(), old, "", certimport.PasswordMissing, "private key is encrypted"},
		{"old encrypted PEM, wrong password", leaf.pem(), old, "wrong", certimport.PasswordWrong, "does not open"},
		{"PFX, no password", b64(pfx), "", "", certimport.PasswordMissing, "PFX is encrypted"},
		{"PFX, wrong password", b64(pfx), "", "wrong", certimport.PasswordWrong, "PFX"},

		{"certificate of no form", "hello!", key, "", certimport.CertificateNotValid, "damaged"},
		{"certificate cut off", leaf.pem()[:200], key, "", certimport.CertificateNotValid, "cut off"},
		{"certificate of other bytes", armour("CERTIFICATE", []byte("no DER")), key, "", certimport.CertificateNotValid, "damaged"},
		{"signing request", armour("CERTIFICATE REQUEST", csr), key, "", certimport.CertificateNotValid, "signing request"},
		{"signing request, no armour", b64(csr), key, "", certimport.CertificateNotValid, "signing request"},
		{"PKCS#7", armour("PKCS7", pkcs7(t)), key, "", certimport.CertificateNotValid, "PKCS#7"},
		{"PKCS#7, no armour", b64(pkcs7(t)), key, "", certimport.CertificateNotValid, "PKCS#7"},
		{"swapped members", b64(pkcs8DER(t, leaf.key)), b64(leaf.cert.Raw), "", certimport.CertificateNotValid, "is a private key"},
		{"PFX cut off", b64(pfx[:len(pfx)-9]), "", "pfx-password", certimport.CertificateNotValid, "damaged"},
		{"PFX with something inside broken", b64(flipped(pfx, len(pfx)/3)), "", "pfx-password", "", ""},
		{"unknown block", armour("PGP MESSAGE", []byte("x")), key, "", certimport.CertificateNotValid, "PGP MESSAGE"},
		{"twenty-one certificates", many.String(), key, "", certimport.CertificateNotValid, "21"},

		{"another key", leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, newKey(t))), "", certimport.KeyDoesNotFit, shop},
		{"another kind of key", leaf.pem(), armour("PRIVATE KEY", pkcs8DER(t, rsaKey())), "", certimport.KeyDoesNotFit, shop},
		{"an authority's certificate", ca.intermediate.pem(), armour("PRIVATE KEY", pkcs8DER(t, ca.intermediate.key)), "", certimport.CertificateNotForServers, "Test Intermediate"},
		{"for clients only", with(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), key, "", certimport.CertificateNotForServers, "server authentication"},
		{"another hostname", with(func(c *x509.Certificate) { c.DNSNames = []string{"a.example.com", "b.example.com"} }), key, "", certimport.HostNotCovered, "a.example.com, b.example.com"},
		{"only a common name", with(func(c *x509.Certificate) { c.DNSNames = nil }), key, "", certimport.HostNotCovered, "subject alternative names"},
		{"expired", with(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), key, "", certimport.CertificateExpired, "2026-08-01 11:59 UTC"},
		{"not yet valid", with(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }), key, "", certimport.CertificateNotYetValid, "2026-08-01 12:01 UTC"},
		{"another authority's chain", leaf.pem() + other.intermediate.pem() + other.root.pem(), key, "", certimport.CertificateChainNotValid, "Test Intermediate"},
		{"an expired intermediate", belowExpired.pem() + expired.pem() + ca.root.pem(), key, "", certimport.CertificateExpired, "Test Expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := certimport.Parse(shop, c.certificate, c.key, c.password, now)
			if err == nil {
				t.Fatal("was taken")
			}
			if c.want == "" { // whatever it is, it is a refusal
				c.want = reasonOf(err)
			}
			if reasonOf(err) != c.want || c.want == "" || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v; want %s with %q", reasonOf(err), err, c.want, c.says)
			}
			if err.(*certimport.Error).Fix == "" {
				t.Error("the refusal has no fix")
			}
		})
	}
}

func change(c *x509.Certificate, name string) {
	c.Subject.CommonName, c.DNSNames, c.IsCA, c.ExtKeyUsage, c.KeyUsage = name, nil, true, nil, x509.KeyUsageCertSign
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func flipped(der []byte, at int) []byte {
	out := append([]byte{}, der...)
	out[at] ^= 0xff
	return out
}

// otherCurve is a PKCS#8 key on secp256k1.
func otherCurve(t *testing.T) []byte {
	key := sequence(t, 1, make([]byte, 32))
	return sequence(t, 0, sequence(t, asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}, asn1.ObjectIdentifier{1, 3, 132, 0, 10}), key.FullBytes).FullBytes
}

// pkcs7 is the outside of SignedData.
func pkcs7(t *testing.T) []byte {
	content, err := asn1.MarshalWithParams(sequence(t, 1), "explicit,tag:0")
	must(t, err)
	return sequence(t, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}, asn1.RawValue{FullBytes: content}).FullBytes
}

func TestAPFXThatAsksForEndlessWorkIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := issue(t, &ca.intermediate, newKey(t), nil)
	pfx, err := pkcs12.Modern2023.Encode(leaf.key, leaf.cert, nil, "password")
	must(t, err)
	// The check sum's number of rounds is the last thing in the file.
	var parts []asn1.RawValue
	_, err = asn1.Unmarshal(pfx, &parts)
	must(t, err)
	var mac []asn1.RawValue
	_, err = asn1.Unmarshal(parts[2].FullBytes, &mac)
	must(t, err)
	endless := sequence(t, parts[0], parts[1], sequence(t, mac[0], mac[1], 1<<40)).FullBytes

	_, err = certimport.Parse(shop, b64(endless), "", "password", now)
	if reasonOf(err) != certimport.CertificateNotValid || !strings.Contains(err.Error(), "rounds of work") {
		t.Errorf("%v", err)
	}
}

// Whatever goes wrong, and however a bundle is printed, the key does not show.
func TestNeitherErrorsNorPrintsShowTheKeyOrThePassword(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	private := newKey(t)
	leaf := issue(t, &ca.intermediate, private, nil)
	der := pkcs8DER(t, private)
	scalar, err := private.Bytes()
	must(t, err)
	secrets := []string{"s3cret-password", b64(der)[40:80], fmt.Sprintf("%x", scalar), new(big.Int).SetBytes(scalar).String()}

	bundle, err := certimport.Parse(shop, leaf.pem(), armour("PRIVATE KEY", der), "s3cret-password", now)
	must(t, err)
	var shown []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		shown = append(shown, fmt.Sprintf(verb, bundle), fmt.Sprintf(verb, &bundle), fmt.Sprintf(verb, struct{ B certimport.Bundle }{bundle}))
	}
	for _, broken := range []string{b64(der)[:100], b64(der) + "!", "-----BEGIN PRIVATE KEY-----" + b64(der), armour("RSA PUBLIC KEY", der), armour("CERTIFICATE", der)} {
		for _, member := range [][2]string{{leaf.pem(), broken}, {broken, armour("PRIVATE KEY", der)}} {
			if _, err := certimport.Parse(shop, member[0], member[1], "s3cret-password", now); err != nil {
				shown = append(shown, err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err))
			}
		}
	}
	if len(shown) < 21+3*8 {
		t.Errorf("only %d texts were looked at", len(shown))
	}
	for _, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q shows %q", text, secret)
			}
		}
	}
}
