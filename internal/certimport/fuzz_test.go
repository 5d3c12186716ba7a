package certimport_test

import (
	"crypto/x509"
	"regexp"
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/certimport"
)

// Whatever is sent, it is taken or refused with a reason and a fix that show
// nothing of key and password, and what is taken reaches the vault as it is.
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
	f.Add(b64(repacked(f, pfx, 1)), "", "password")
	f.Add("data:;base64,"+b64(utf16File(leaf.pem()+key, true)), "", "")
	f.Add(leaf.pem()+ca.intermediate.pem()[1:], key, "")

	f.Fuzz(func(t *testing.T, certificate, privateKey, password string) {
		bundle, err := certimport.Parse(shop, certificate, privateKey, password, now)
		if err != nil {
			refused, ok := err.(*certimport.Error)
			if !ok || refused.Reason == "" || refused.Sentence == "" || refused.Fix == "" || len(refused.Sentence) > 1000 {
				t.Fatalf("refused without a reason: %#v", err)
			}
			if piece := pieceOf(refused.Sentence+refused.Fix, privateKey, password); piece != "" {
				t.Fatalf("the refusal shows %q: %v", piece, err)
			}
			return
		}
		if bundle.Leaf().VerifyHostname(shop) != nil || now.After(bundle.Leaf().NotAfter) {
			t.Fatal("a certificate for another hostname or time was taken")
		}
		pfx, secret, err := bundle.PFX()
		if err != nil {
			t.Fatalf("cannot be handed on: %v", err)
		}
		again, err := certimport.Parse(shop, b64(pfx), "", secret, now)
		if err != nil || len(again.Chain) != len(bundle.Chain) || !again.Leaf().Equal(bundle.Leaf()) {
			t.Fatalf("what is handed on is not what was taken: %d certificates, then %d, %v", len(bundle.Chain), len(again.Chain), err)
		}
	})
}

var labels = regexp.MustCompile(`-----(BEGIN|END) [A-Z0-9 ]{1,40}-----`)

// pieceOf returns a piece of a secret that is in a text, long enough to be no
// coincidence. PEM labels are no secret, and refusals name them.
func pieceOf(text string, secrets ...string) string {
	const length = 24
	for _, secret := range secrets {
		for _, part := range strings.Fields(labels.ReplaceAllString(secret, " ")) {
			for ; len(part) >= length; part = part[1:] {
				if strings.Contains(text, part[:length]) {
					return part[:length]
				}
			}
		}
	}
	return ""
}
