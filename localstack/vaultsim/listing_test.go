package vaultsim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/google/go-cmp/cmp"

	"certgate/localstack/vaultsim"
)

func (s *stand) list(t *testing.T, o *azcertificates.ListCertificatePropertiesOptions) (names []string, pages int) {
	t.Helper()
	pager := s.certs.NewListCertificatePropertiesPager(o)
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, c := range page.Value {
			if c.ID.Version() != "" {
				t.Errorf("list has the version of %s", *c.ID)
			}
			names = append(names, c.ID.Name())
		}
	}
	return names, pages
}

func TestAListHas25ItemsAPageAndMissesNone(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	var want []string
	for i := range 51 {
		name := fmt.Sprintf("c%02d", i)
		s.issue(t, name, name+".example")
		want = append(want, name)
	}
	s.create(t, "pending", ecPolicy("p.example"))
	got, pages := s.list(t, nil)
	if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
		t.Errorf("%d pages; (-want +got):\n%s", pages, diff)
	}
	got, _ = s.list(t, &azcertificates.ListCertificatePropertiesOptions{IncludePending: to.Ptr(true)})
	if diff := cmp.Diff(append(want, "pending"), got); diff != "" {
		t.Errorf("with pending (-want +got):\n%s", diff)
	}
}

func TestEveryHostIsAVaultOfItsOwn(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	s.issue(t, "c", "c.example")
	_, _, err := s.sim.ReadSecret(t.Context(), "https://other.vault.azure.net/secrets/c")
	if r, ok := err.(vaultsim.Refusal); !ok || r.HTTPStatus() != 404 {
		t.Errorf("the other vault answers %v", err)
	}
	for _, id := range []string{vaultURL + "/secrets/c", vaultURL + ":443/secrets/c/", "https://" + strings.ToUpper(vaultURL[8:]) + "/Secrets/C"} {
		value, contentType, err := s.sim.ReadSecret(t.Context(), id)
		if err != nil || value == "" || contentType != "application/x-pkcs12" {
			t.Errorf("%s: the vault answers %q, %v", id, contentType, err)
		}
	}
}

func TestARestartedVaultHasItsCertificates(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vaults.json")
	before := setup(t, vaultsim.Options{})
	issued := before.issue(t, "c", "c.example")
	pending := before.create(t, "pending", ecPolicy("p.example"))
	if err := before.sim.Save(file); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file with the keys has mode %v, %v", info.Mode(), err)
	}

	after := setup(t, vaultsim.Options{})
	if err := after.sim.Load(filepath.Join(t.TempDir(), "none.json")); err != nil {
		t.Errorf("a first start is an error: %v", err)
	}
	if err := after.sim.Load(file); err != nil {
		t.Fatal(err)
	}
	got, err := after.certs.GetCertificate(t.Context(), "c", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(issued.Certificate, got.Certificate); diff != "" {
		t.Errorf("certificate changed (-before +after):\n%s", diff)
	}
	if _, err := after.secrets.GetSecret(t.Context(), "c", "", nil); err != nil {
		t.Error(err)
	}
	if _, err := after.certs.MergeCertificate(t.Context(), "pending",
		azcertificates.MergeCertificateParameters{X509Certificates: newCA(t).sign(t, pending.CSR)}, nil); err != nil {
		t.Errorf("the pending key is lost: %v", err)
	}
}
