package managed_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"testing"
	"time"

	"certgate/internal/issuance/managed"
)

func TestALeafIsOursByItsThumbprintOrByItsNamesAndAge(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1.9e9, 0)
	leaf := func(from time.Time, names ...string) []byte {
		like := &x509.Certificate{SerialNumber: big.NewInt(from.Unix()), DNSNames: names, NotBefore: from, NotAfter: from.Add(90 * 24 * time.Hour)}
		der, err := x509.CreateCertificate(rand.Reader, like, like, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	older := now.Add(-60 * 24 * time.Hour)
	uploaded := leaf(older, "shop.example.com", "www.example.com")
	current, newest := leaf(now, "shop.example.com"), leaf(now.Add(time.Hour), "shop.example.com")
	r := &managed.Record{Hostnames: []string{"shop.example.com"}}
	if err := r.Take("shop", "v1", "https://v/secrets/shop", uploaded); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same version again forgets nothing
		if err := r.Take("shop", "v2", "https://v/secrets/shop", current); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		leaf []byte
		want managed.Served
	}{
		"the one of the record":                {current, managed.ServedCurrent},
		"a newer one of the vault":             {newest, managed.ServedCurrent},
		"the version before, with other names": {uploaded, managed.ServedPrevious},
		"an older one of just this name":       {leaf(older, "Shop.example.com"), managed.ServedPrevious},
		"a newer one that the vault lacks":     {leaf(now.Add(2*time.Hour), "shop.example.com"), managed.ServedOther},
		"a wildcard of another listener":       {leaf(older, "*.example.com"), managed.ServedOther},
		"one of several names, never ours":     {leaf(older, "shop.example.com", "example.com"), managed.ServedOther},
		"that of another hostname":             {leaf(older, "other.example.com"), managed.ServedOther},
		"something that is not a certificate":  {[]byte("x"), managed.ServedOther},
	} {
		if got := r.Shown(c.leaf, newest); got != c.want {
			t.Errorf("%s is %s, want %s", name, got, c.want)
		}
	}
}
