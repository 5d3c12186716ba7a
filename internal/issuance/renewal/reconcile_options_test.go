package renewal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

func TestARecordThatIsMadeAnewKnowsItsOptions(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	wanted := managed.Options{KeyType: "EC-P256", ReuseKey: true, PreferredChain: "Root X", Issuer: "default"}
	start, err := issuance.AddWith(shop, false, wanted)
	if err != nil {
		t.Fatal(err)
	}
	w.completed(w.Start(start))
	if err := w.Records.DeleteRecord(t.Context(), shopName); err != nil { // a lost table
		t.Fatal(err)
	}
	if done := w.reconcile(); done.Adopted != 1 {
		t.Fatalf("it came to %+v", done)
	}
	if r := w.Record(shopName); r.Options != wanted {
		t.Errorf("the options are %+v", r.Options)
	}
}

func leafOf(t *testing.T, hostnames ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: hostnames}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestHostnamesThatDoNotFitIntoTheTagAreReadFromTheCertificate(t *testing.T) {
	t.Parallel()
	var all []string
	for n := range 30 {
		all = append(all, fmt.Sprintf("h%02d.example.com", n))
	}
	leaf := leafOf(t, append(slices.Clone(all), "www.added-by-the-authority.example")...)
	for name, c := range map[string]struct{ tag, want []string }{
		"as many as fit": {all[:16], append(slices.Clone(all), "www.added-by-the-authority.example")},
		"all of few":     {all[:2], all[:2]},
	} {
		if n := len(strings.Join(c.tag, ",")); n > issuance.LongestTag {
			t.Fatalf("%s: the tag has %d characters", name, n)
		}
		if got := (renewal.Certificate{Hostnames: c.tag}).AllHostnames(leaf); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := (renewal.Certificate{Hostnames: all[:2]}).AllHostnames([]byte("no certificate")); !slices.Equal(got, all[:2]) {
		t.Errorf("of a leaf that cannot be read: %q", got)
	}
}
