package keyvault_test

import (
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
	"certgate/internal/keyvault"
)

func TestWhatHasAHostnameIsListedAndOnlyWhatCarriesBothTagsIsMarked(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	cert, _ := s.issue(t, v, shop)
	many, _ := s.issue(t, v, issuance.CertificateRequest{Name: "many", Hostnames: []string{"a.example.com", "b.example.com", "c.example.com"}})
	pfx, _ := uploaded(t, s, "", "www.example.com")
	imported, err := v.Import(t.Context(), issuance.CertificateRequest{Name: "www", Hostnames: []string{"www.example.com"}}, pfx, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Disable(t.Context(), "many"); err != nil {
		t.Fatal(err)
	}
	s.somebodyElse(t, "untagged", nil)
	s.somebodyElse(t, "hostname-only", map[string]*string{"Hostname": to.Ptr("x.example.com")})
	s.somebodyElse(t, "manager-only", map[string]*string{"ManagedBy": to.Ptr("certgate")})
	s.somebodyElse(t, "another-manager", map[string]*string{"Hostname": to.Ptr("x.example.com"), "ManagedBy": to.Ptr("somebody")})

	got, thumbprints := map[string]renewal.Certificate{}, map[string]string{}
	for c, err := range v.Managed(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		read, err := v.Certificate(t.Context(), c.Name)
		if err != nil || c.SecretID == "" || c.SecretID != read.SecretID {
			t.Errorf("%s has the secret %q in the list and %q when it is read (%v)", c.Name, c.SecretID, read.SecretID, err)
		}
		thumbprints[c.Name], c.SecretID = managed.SHA1Thumbprint(read.Leaf), ""
		got[c.Name] = c
	}
	want := map[string]renewal.Certificate{
		shop.Name: {Name: shop.Name, Marked: true, Hostnames: shop.Hostnames, Thumbprint: managed.SHA1Thumbprint(cert.Leaf), Enabled: true},
		"many":    {Name: "many", Marked: true, Hostnames: []string{"a.example.com", "b.example.com", "c.example.com"}, Thumbprint: managed.SHA1Thumbprint(many.Leaf)},
		"www":     {Name: "www", Marked: true, Hostnames: []string{"www.example.com"}, Thumbprint: managed.SHA1Thumbprint(imported.Leaf), Imported: true, Enabled: true},
		// Of the predecessor, or of somebody else: the gateway knows.
		"hostname-only":   {Name: "hostname-only", Hostnames: []string{"x.example.com"}, Thumbprint: thumbprints["hostname-only"], Enabled: true},
		"another-manager": {Name: "another-manager", Hostnames: []string{"x.example.com"}, Thumbprint: thumbprints["another-manager"], Enabled: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("managed (-want +got):\n%s", diff)
	}
	for name, want := range map[string]bool{shop.Name: true, "www": true, "untagged": false, "hostname-only": false, "another-manager": false} {
		found, err := v.Certificate(t.Context(), name)
		if err != nil || v.Owns(found) != want {
			t.Errorf("%s is ours: %v (%v), want %v", name, v.Owns(found), err, want)
		}
	}
}

func TestARefusedListEndsWithTheReason(t *testing.T) {
	t.Parallel()
	denied := refusing(403, "Forbidden", "ForbiddenByRbac", "Caller is not authorized.")
	v := newVault(t, keyvault.Config{Transport: redirect(t, &script{answers: map[string][]answer{"GET /certificates": {denied}}})})
	var ends []error
	for _, err := range v.Managed(once(t)) {
		ends = append(ends, err)
	}
	if len(ends) != 1 || asFailure(t, ends[0]).Code != issuance.CodeVaultAccessDenied {
		t.Errorf("the list ended with %v", ends)
	}
}
