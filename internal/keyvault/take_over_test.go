package keyvault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

func TestACertificateChangesItsRenewerByItsTags(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	s.somebodyElse(t, "shop", map[string]*string{"Acmebot": to.Ptr(`{"endpoint":"ca.example"}`), "Issuer": to.Ptr("Acmebot"), "Endpoint": to.Ptr("ca.example"), "CostCentre": to.Ptr("4711")})
	found, err := v.Certificate(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	before := found.Tags
	ours, fits := v.OurTags(found.Tags, []string{"shop.example.com", "www.example.com"})
	want := map[string]string{"Hostname": "shop.example.com", "Hostnames": "shop.example.com,www.example.com", "ManagedBy": "certgate", "CostCentre": "4711"}
	if diff := cmp.Diff(want, ours); diff != "" || !fits {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	for range 2 {
		if err := v.SetTags(t.Context(), "shop", found.Version, ours); err != nil {
			t.Fatal(err)
		}
	}
	if after, err := v.Certificate(t.Context(), "shop"); err != nil || !v.Owns(after) || after.Version != found.Version || !cmp.Equal(after.Tags, want) {
		t.Errorf("%+v, %v", after, err)
	}
	if err := v.SetTags(t.Context(), "shop", found.Version, before); err != nil {
		t.Fatal(err)
	}
	if after, err := v.Certificate(t.Context(), "shop"); err != nil || !cmp.Equal(after.Tags, before) {
		t.Errorf("given back: %v, %v", after.Tags, err)
	}
	if err := v.SetTags(t.Context(), "gone", found.Version, ours); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("a certificate that is gone: %v", err)
	}
	full := map[string]string{}
	for i := range 14 {
		full[fmt.Sprintf("tag%d", i)] = "theirs"
	}
	if _, fits := v.OurTags(full, []string{"shop.example.com"}); fits {
		t.Error("16 tags fit")
	}
}

func TestAnOperationInProgressIsSeen(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	s.issue(t, v, shop)
	if busy, err := v.AtWork(t.Context(), shop.Name); err != nil || busy {
		t.Errorf("at rest: %t, %v", busy, err)
	}
	if _, err := v.PendingCSR(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	if busy, err := v.AtWork(t.Context(), shop.Name); err != nil || !busy {
		t.Errorf("at work: %t, %v", busy, err)
	}
}

func kept(keyType string) issuance.CertificateRequest {
	return issuance.CertificateRequest{KeyType: keyType}
}

func TestTheKindOfKeyIsKeptWhereTheSettingsNameNone(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	free, err := keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: identity{}, Transport: s.transport})
	if err != nil {
		t.Fatal(err)
	}
	if got := free.KeyType(kept("EC-P384")); got != "EC-P384" {
		t.Errorf("without a setting: %s", got)
	}
	set, err := keyvault.New(keyvault.Config{BaseURL: vaultURL, Credential: identity{}, Transport: s.transport, KeyType: managed.RSA3072})
	if err != nil {
		t.Fatal(err)
	}
	if got := set.KeyType(kept("EC-P384")); got != "RSA-3072" {
		t.Errorf("with a setting: %s", got)
	}
	if got := free.KeyType(kept("Ed25519")); got != "RSA-2048" {
		t.Errorf("of a kind that the vault does not make: %s", got)
	}
}
