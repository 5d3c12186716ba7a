package renewal_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
)

// orderedFrom is a world with two issuers whose first one is out of order, so that the
// second has issued the certificate.
func orderedFrom(t *testing.T, second string) *renewalWorld {
	t.Helper()
	w := newRenewalWorld(t)
	w.AddIssuer(second)
	w.Issuers.Order = []string{second}
	w.completed(w.Add(shop))
	w.Issuers.Order = []string{"default", second}
	if r := w.Record(shopName); r.Authority != second || r.Account == "" {
		t.Fatalf("it was ordered from %q with the account %q", r.Authority, r.Account)
	}
	return w
}

func TestARecordThatIsMadeAnewKnowsItsIssuer(t *testing.T) {
	t.Parallel()
	w := orderedFrom(t, "second")
	if err := w.Records.DeleteRecord(t.Context(), shopName); err != nil { // a lost table
		t.Fatal(err)
	}
	if done := w.reconcile(); done.Adopted != 1 {
		t.Fatalf("it came to %+v", done)
	}
	if r := w.Record(shopName); r.Authority != "second" || r.Account != "" {
		t.Errorf("the issuer is %q and the account %q, want second and none: the vault does not tell the account", r.Authority, r.Account)
	}
}

func TestARecordOfAnotherVersionKnowsItsIssuer(t *testing.T) {
	t.Parallel()
	w := orderedFrom(t, "second")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ directory, want string }{
		{w.CA.From.Directory, ""}, // the default one
		{"https://second.example/directory", "second"},
		{"https://gone.example/directory", ""}, // no issuer of the settings
	} {
		w.Vault.PutKey(shopName, shop, w.CA, map[string]string{"Hostname": shop, "ManagedBy": "certgate", "AcmeDirectory": c.directory}, key.Public())
		if done := w.reconcile(); done.Corrected != 1 {
			t.Fatalf("%s: it came to %+v", c.directory, done)
		}
		if r := w.Record(shopName); r.Authority != c.want || r.Account != "" {
			t.Errorf("%s: the issuer is %q with the account %q, want %q with none", c.directory, r.Authority, r.Account, c.want)
		}
	}
}
