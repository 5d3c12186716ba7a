package keyvault_test

import (
	"bytes"
	"crypto/x509"
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func wanting(o managed.Options) issuance.CertificateRequest {
	return issuance.CertificateRequest{Name: shop.Name, Hostnames: shop.Hostnames, Options: o}
}

func TestAKeyIsUsedAgainIfThatIsWanted(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	key := func(r issuance.CertificateRequest) string {
		cert, _ := s.issue(t, v, r)
		return publicKey(t, cert.Leaf)
	}
	again := wanting(managed.Options{ReuseKey: true})
	first := key(again)
	if key(again) != first {
		t.Error("the second version has another key")
	}
	revoked := again
	revoked.NewKey = true
	pendingCSR(t, v, again) // what a run has begun that did not know of the revocation
	second := key(revoked)
	if second == first {
		t.Error("the key of a revoked version was used again")
	}
	// Of another kind there is nothing to use again.
	third := key(wanting(managed.Options{ReuseKey: true, KeyType: "EC-P384"}))
	found, err := v.Certificate(t.Context(), shop.Name)
	if err != nil || third == second || managed.KeyType(found.Leaf) != "EC-P384" {
		t.Errorf("%v, its key is %s", err, managed.KeyType(found.Leaf))
	}
	if got := v.KeyType(wanting(managed.Options{KeyType: "EC-P521"})); got != "EC-P521" {
		t.Errorf("the options stand behind the settings: %s", got)
	}
	if key(wanting(managed.Options{KeyType: "EC-P384"})) == third {
		t.Error("a key was used again without being asked to")
	}
}

func publicKey(t *testing.T, leaf []byte) string {
	t.Helper()
	certificate, err := x509.ParseCertificate(leaf)
	if err != nil {
		t.Fatal(err)
	}
	return string(certificate.RawSubjectPublicKeyInfo)
}

func TestOptionsAndInstallStandInOneTagOfEachVersion(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := newVault(t, keyvault.Config{Transport: s.transport, KeyType: managed.ECP256, Install: "func-certgate"})
	cert, _ := s.issue(t, v, wanting(managed.Options{ReuseKey: true, Issuer: "zerossl"}))
	if got, want := cert.Tags["Certgate"], `{"install":"func-certgate","reuseKey":true,"issuer":"zerossl"}`; got != want {
		t.Errorf("the tag is %s, want %s", got, want)
	}
	cert, _ = s.issue(t, v, shop)
	if got, want := cert.Tags["Certgate"], `{"install":"func-certgate"}`; got != want {
		t.Errorf("without options the tag is %s, want %s", got, want)
	}
	pfx, _ := uploaded(t, s, "", shop.Hostnames[0])
	imported, err := v.Import(t.Context(), shop, pfx, "")
	if err != nil || bytes.Contains([]byte(imported.Tags["Certgate"]), []byte("reuseKey")) {
		t.Errorf("%v, of an imported one it is %s", err, imported.Tags["Certgate"])
	}
}
