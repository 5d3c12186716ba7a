package certimport_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

// Whatever is sent, it is taken or refused with a reason and a fix, and what is
// taken can be handed to the vault.
func FuzzParse(f *testing.F) {
	ca := newAuthority(f)
	leaf := issue(f, &ca.intermediate, newKey(f), nil)
	der := pkcs8DER(f, leaf.key)
	key := armour("PRIVATE KEY", der)
	pfx, err := pkcs12.Modern2023.Encode(leaf.key, leaf.cert, []*x509.Certificate{ca.intermediate.cert}, "password")
	if err != nil {
		f.Fatal(err)
	}
	plain, err := pkcs12.Passwordless.Encode(leaf.key, leaf.cert, nil, "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add("", "", "")
	f.Add(leaf.pem()+ca.intermediate.pem(), key, "")
	f.Add(ca.root.pem()+leaf.pem()+key, "", "")
	f.Add(b64(leaf.cert.Raw), b64(der), "")
	f.Add(strings.ReplaceAll(leaf.pem(), "\n", `\n`), strings.ReplaceAll(key, "\n", " "), "")
	f.Add(leaf.pem(), armour("ENCRYPTED PRIVATE KEY", encrypted(f, der, "password", pbes2{iterations: 3})), "password")
	f.Add(leaf.pem(), "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----", "password")
	f.Add(b64(pfx), "", "password")
	f.Add(b64(plain), "", "")
	f.Add(b64([]byte(leaf.pem())), b64([]byte(key)), "")

	f.Fuzz(func(t *testing.T, certificate, privateKey, password string) {
		bundle, err := certimport.Parse(shop, certificate, privateKey, password, now)
		if err != nil {
			refused, ok := err.(*certimport.Error)
			if !ok || refused.Reason == "" || refused.Sentence == "" || refused.Fix == "" {
				t.Fatalf("refused without a reason: %#v", err)
			}
			return
		}
		if bundle.Leaf().VerifyHostname(shop) != nil {
			t.Fatal("a certificate for another hostname was taken")
		}
		if _, _, err := bundle.PFX(); err != nil {
			t.Fatalf("cannot be handed on: %v", err)
		}
	})
}
