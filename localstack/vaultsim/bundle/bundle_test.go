package bundle_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/localstack/vaultsim/bundle"
)

// chain makes a leaf, its intermediate and the root, and the leaf's key.
func chain(t *testing.T) (crypto.Signer, []*x509.Certificate) {
	t.Helper()
	var out []*x509.Certificate
	var parent *x509.Certificate
	var parentKey, key *ecdsa.PrivateKey
	for i, name := range []string{"root", "intermediate", "leaf"} {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(int64(i + 1)), Subject: pkix.Name{CommonName: name},
			NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour), IsCA: i < 2, BasicConstraintsValid: true}
		signer, issuer := key, tmpl
		if parent != nil {
			signer, issuer = parentKey, parent
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, issuer, key.Public(), signer)
		if err != nil {
			t.Fatal(err)
		}
		if parent, err = x509.ParseCertificate(der); err != nil {
			t.Fatal(err)
		}
		parentKey = key
		out = append([]*x509.Certificate{parent}, out...)
	}
	return key, out
}

func names(certs []*x509.Certificate) string {
	var out []string
	for _, c := range certs {
		out = append(out, c.Subject.CommonName)
	}
	return strings.Join(out, " ")
}

func TestBothFormsKeepTheOrderOfTheCertificates(t *testing.T) {
	t.Parallel()
	key, c := chain(t)
	orders := [][]*x509.Certificate{{c[0], c[1], c[2]}, {c[2], c[1], c[0]}, {c[1], c[0], c[2]}, {c[0]}}
	for _, contentType := range []string{bundle.TypePFX, bundle.TypePEM} {
		for _, order := range orders {
			t.Run(contentType+" "+names(order), func(t *testing.T) {
				t.Parallel()
				value, err := bundle.Encode(bundle.Bundle{Key: key, Certificates: order}, contentType)
				if err != nil {
					t.Fatal(err)
				}
				got, err := bundle.Parse(value, contentType)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(names(order), names(got.Certificates)); diff != "" {
					t.Errorf("order changed (-written +read):\n%s", diff)
				}
				leaf, err := got.Leaf()
				if err != nil || leaf.Subject.CommonName != "leaf" {
					t.Errorf("leaf is %v, %v", leaf, err)
				}
			})
		}
	}
}

func TestLeafFirstIsTheHandshakeOrderWhateverTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	key, c := chain(t)
	_, stray := chain(t)
	got, err := bundle.Bundle{Key: key, Certificates: []*x509.Certificate{c[2], stray[1], c[0], c[1]}}.LeafFirst()
	if err != nil {
		t.Fatal(err)
	}
	if want := "leaf intermediate root intermediate"; names(got) != want {
		t.Errorf("chain is %q, want %q", names(got), want)
	}
}

func TestWhatTheVaultRefusesInPEM(t *testing.T) {
	t.Parallel()
	key, c := chain(t)
	good, err := bundle.EncodePEM(bundle.Bundle{Key: key, Certificates: c[:1]})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, text string }{
		{"a SEC 1 key block", strings.ReplaceAll(good, "PRIVATE KEY", "EC PRIVATE KEY")},
		{"text before the blocks", "Bag Attributes\n" + good},
		{"text after the blocks", good + "the end\n"},
		{"no key", good[strings.Index(good, "-----BEGIN CERTIFICATE"):]},
		{"no certificate", good[:strings.Index(good, "-----BEGIN CERTIFICATE")]},
		{"two keys", good[:strings.Index(good, "-----BEGIN CERTIFICATE")] + good},
		{"nothing", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := bundle.ParsePEM(tc.text, ""); err == nil {
				t.Error("was accepted")
			}
		})
	}
	if _, err := bundle.ParsePEM(good, ""); err != nil {
		t.Errorf("the untouched PEM was refused: %v", err)
	}
}

func TestAKeyWithoutItsCertificateIsNoPFX(t *testing.T) {
	t.Parallel()
	key, _ := chain(t)
	_, others := chain(t)
	if _, err := bundle.EncodePFX(bundle.Bundle{Key: key, Certificates: others}); err == nil {
		t.Error("was written")
	}
}

func TestAPFXIsReadByOpenSSLWithTheKeyFirst(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	key, c := chain(t)
	value, err := bundle.EncodePFX(bundle.Bundle{Key: key, Certificates: []*x509.Certificate{c[2], c[1], c[0]}})
	if err != nil {
		t.Fatal(err)
	}
	der, err := base64.StdEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), openssl, "pkcs12", "-info", "-legacy", "-nodes", "-passin", "pass:")
	cmd.Stdin = bytes.NewReader(der)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	at := 0
	for _, want := range []string{"MAC: sha1, Iteration 2000", "Keybag: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000",
		"Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000", "BEGIN PRIVATE KEY", "CN=root", "CN=intermediate", "localKeyID: 01 00 00 00", "CN=leaf"} {
		next := strings.Index(strings.ReplaceAll(string(out[at:]), "CN = ", "CN="), want)
		if next < 0 {
			t.Fatalf("no %q behind %d in\n%s", want, at, out)
		}
		at += next
	}
}

func TestAnEncryptedKeyInPEMTakesItsPassword(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	key, c := chain(t)
	plain, err := bundle.EncodeKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := bundle.EncodeCertificates(c, bundle.TypePEM)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range [][]string{{"-v2", "aes256"}, {"-v1", "PBE-SHA1-3DES"}} {
		cmd := exec.CommandContext(t.Context(), openssl, append([]string{"pkcs8", "-topk8", "-passout", "pass:s3cret"}, form...)...)
		cmd.Stdin = strings.NewReader(plain)
		encrypted, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := bundle.ParsePEM(certs+string(encrypted), "s3cret")
		if err != nil {
			t.Fatalf("%v: %v", form, err)
		}
		if names(got.Certificates) != names(c) || !key.Public().(*ecdsa.PublicKey).Equal(got.Key.Public()) {
			t.Errorf("%v: read %s", form, names(got.Certificates))
		}
		if _, err := bundle.ParsePEM(certs+string(encrypted), "other"); err == nil || strings.Contains(err.Error(), "other") {
			t.Errorf("%v with another password: %v", form, err)
		}
	}
}
