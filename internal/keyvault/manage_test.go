package keyvault_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func TestTheListHasEveryCertificateWithTwoCallsForThirty(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	want := map[string]string{}
	for i := range 30 {
		r := issuance.CertificateRequest{Name: fmt.Sprintf("shop%02d-example-com", i), Hostnames: []string{fmt.Sprintf("shop%02d.example.com", i)}}
		s.issue(t, v, r)
		want[r.Name] = r.Hostnames[0]
	}
	pendingCSR(t, v, shop) // not finished, not listed

	before := s.Calls("")
	got := map[string]string{}
	for summary, err := range v.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if !summary.Enabled || summary.Imported() || summary.NotAfter.IsZero() {
			t.Errorf("got %+v", summary)
		}
		got[summary.Name] = summary.Hostname()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if calls := s.Calls("") - before; calls != 2 {
		t.Errorf("%d calls", calls)
	}
}

func TestADisabledCertificateKeepsItsTags(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	cert, _ := s.issue(t, v, shop)
	for range 2 {
		if err := v.Disable(t.Context(), shop.Name); err != nil {
			t.Fatal(err)
		}
	}
	disabled, err := v.Certificate(t.Context(), shop.Name)
	if err != nil {
		t.Fatal(err)
	}
	cert.Enabled = false
	if diff := cmp.Diff(cert, disabled); diff != "" {
		t.Errorf("disabled (-want +got):\n%s", diff)
	}
	if err := v.Disable(t.Context(), "nobody"); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestAnOlderVersionCanStillBeRead(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	old, _ := s.issue(t, v, shop)
	current, _ := s.issue(t, v, shop)
	if err := v.Disable(t.Context(), shop.Name); err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]issuance.VaultCertificate{old.Version: old, current.Version: current, "": current} {
		got, err := v.Version(t.Context(), shop.Name, version)
		if err != nil || got.Version != want.Version || !bytes.Equal(got.Leaf, want.Leaf) {
			t.Errorf("version %q is %s (%v), want %s", version, got.Version, err, want.Version)
		}
	}
	for _, version := range []string{"0123456789abcdef0123456789abcdef", "../secrets", "a/b"} {
		if _, err := v.Version(t.Context(), shop.Name, version); !errors.Is(err, issuance.ErrGone) {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

func TestAnImportedCertificateIsMarkedUntilWeIssueOne(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	pfx, leaf := uploaded(t, s, "s3cret", "shop.example.com")
	cert, err := v.Import(t.Context(), shop, pfx, "s3cret")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(cert.Leaf, leaf) || cert.Tags["Imported"] != "true" || cert.Tags["Hostname"] != "shop.example.com" {
		t.Errorf("imported: %+v", cert)
	}
	again, err := v.Import(t.Context(), shop, pfx, "s3cret")
	if err != nil || again.Version != cert.Version {
		t.Errorf("imported twice: version %s after %s, %v", again.Version, cert.Version, err)
	}
	issued, _ := s.issue(t, v, shop)
	if _, marked := issued.Tags["Imported"]; marked {
		t.Errorf("issued with tags %v", issued.Tags)
	}
}

func TestAnImportDoesNotTakeANameOrDisturbAnOperation(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	pfx, _ := uploaded(t, s, "", "shop.example.com")

	s.somebodyElse(t, shop.Name, nil)
	if _, err := v.Import(t.Context(), shop, pfx, ""); !errors.Is(err, issuance.ErrNameTaken) {
		t.Errorf("a taken name: %v", err)
	}

	busy := issuance.CertificateRequest{Name: "busy", Hostnames: shop.Hostnames}
	pendingCSR(t, v, busy)
	if _, err := v.Import(t.Context(), busy, pfx, ""); !isLater(err) {
		t.Errorf("a pending operation: %v", err)
	}
}

func TestAPFXThatDoesNotOpenIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	pfx, _ := uploaded(t, s, "s3cret", "shop.example.com")
	_, err := s.vault(t).Import(t.Context(), shop, pfx, "other-s3cret")
	if err == nil || bytes.Contains([]byte(err.Error()), []byte("s3cret")) {
		t.Errorf("got %v", err)
	}
	if s.Calls("") != 0 {
		t.Error("the vault was called")
	}
}

func TestTheAccountIsThereOnceItIsSaved(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	secret, err := s.vault(t).Secret("acme-account")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secret.Load(t.Context()); !errors.Is(err, issuance.ErrGone) {
		t.Fatalf("before: %v", err)
	}
	document := []byte(`{"url":"https://ca.example/acct/1"}`)
	for range 2 {
		if err := secret.Save(t.Context(), document); err != nil {
			t.Fatal(err)
		}
	}
	loaded, err := secret.Load(t.Context())
	if err != nil || !bytes.Equal(loaded, document) {
		t.Errorf("loaded %s, %v", loaded, err)
	}
	if n := s.Calls("PUT /secrets/{name}"); n != 1 {
		t.Errorf("%d versions of one document", n)
	}
	if _, contentType, err := s.ReadSecret(t.Context(), vaultURL+"/secrets/acme-account"); err != nil || contentType != "application/json" {
		t.Errorf("content type %q, %v", contentType, err)
	}
}

func TestTheChainOfTheSecretIsCompleteInBothOrders(t *testing.T) {
	t.Parallel()
	for _, order := range []keyvault.ChainOrder{keyvault.LeafFirst, keyvault.RootFirst} {
		t.Run(string(order), func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			v := newVault(t, keyvault.Config{Transport: s.transport, KeyType: managed.ECP256, ChainOrder: order})
			cert, chain := s.issue(t, v, shop)
			if !bytes.Equal(cert.Leaf, chain[0]) {
				t.Error("the vault took another certificate for the leaf")
			}
			value, contentType, err := s.ReadSecret(t.Context(), cert.SecretID)
			if err != nil || contentType != "application/x-pkcs12" {
				t.Fatalf("secret: %q, %v", contentType, err)
			}
			pfx, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				t.Fatal(err)
			}
			_, first, rest, err := pkcs12.DecodeChain(pfx, "")
			if err != nil {
				t.Fatal(err)
			}
			if len(rest) != 1 || !bytes.Equal(first.Raw, chain[0]) && !bytes.Equal(rest[0].Raw, chain[0]) {
				t.Errorf("the PFX has %d certificates beside %s", len(rest), first.Subject)
			}
			// What root-first is for: a reader that takes the first one for the leaf.
			if order == keyvault.RootFirst && !bytes.Equal(first.Raw, chain[0]) {
				t.Errorf("the PFX begins with %s", first.Subject)
			}
		})
	}
}

// uploaded is what a person would import: a PFX with an EC key, and its leaf.
func uploaded(t *testing.T, s *simulation, password, hostname string) (pfx, leaf []byte) {
	t.Helper()
	key := newKey(t)
	chain := s.ca.issue(t, key.Public(), []string{hostname})
	cert, err := x509.ParseCertificate(chain[0])
	if err != nil {
		t.Fatal(err)
	}
	pfx, err = pkcs12.Modern.Encode(key, cert, []*x509.Certificate{s.ca.cert}, password)
	if err != nil {
		t.Fatal(err)
	}
	return pfx, cert.Raw
}

func isLater(err error) bool {
	var later *durable.RetryLater
	return errors.As(err, &later)
}
