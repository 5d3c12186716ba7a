package keyvault_test

import (
	"errors"
	"testing"

	"certgate/internal/issuance"
)

func TestALookAtANameChangesNothing(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	found, err := v.Under(t.Context(), shop)
	if err != nil || len(found.Leaf) > 0 || found.SecretID != vaultURL+"/secrets/"+shop.Name {
		t.Errorf("a free name: %+v, %v", found, err)
	}
	if _, err := v.Certificate(t.Context(), shop.Name); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("a look made something: %v", err)
	}
	if _, err := v.PendingCSR(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	if found, err = v.Under(t.Context(), shop); err != nil || len(found.Leaf) > 0 || found.SecretID == "" {
		t.Errorf("one in the making: %+v, %v", found, err)
	}
	other := issuance.CertificateRequest{Name: "import-example-com", Hostnames: []string{"import.example.com"}}
	pfx, leaf := uploaded(t, s, "", other.Hostnames[0])
	if _, err := v.Import(t.Context(), other, pfx, ""); err != nil {
		t.Fatal(err)
	}
	if found, err = v.Under(t.Context(), other); err != nil || string(found.Leaf) != string(leaf) {
		t.Errorf("one of ours: %+v, %v", found, err)
	}
	other.Hostnames = []string{"somebody.example.com"}
	if _, err := v.Under(t.Context(), other); !errors.Is(err, issuance.ErrNameTaken) {
		t.Errorf("one of another hostname: %v", err)
	}
}

// A certificate loses hostnames only if it is said that they are to go.
func TestACertificateLosesHostnamesOnlyWhereThatIsWanted(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	wide := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{shop.Hostnames[0], "www.shop.example.com"}}
	s.issue(t, v, wide)
	for _, look := range []func(issuance.CertificateRequest) error{
		func(r issuance.CertificateRequest) error { _, err := v.Under(t.Context(), r); return err },
		func(r issuance.CertificateRequest) error { _, err := v.PendingCSR(t.Context(), r); return err },
	} {
		if err := look(shop); !errors.Is(err, issuance.ErrNameTaken) {
			t.Errorf("without a word: %v", err)
		}
		exact := shop
		exact.Exact = true
		if err := look(exact); err != nil {
			t.Errorf("as it is wanted: %v", err)
		}
	}
	exact := shop
	exact.Exact = true
	if cert, _ := s.issue(t, v, exact); cert.Tags["Hostnames"] != "" {
		t.Errorf("the tags are %v", cert.Tags)
	}
}
