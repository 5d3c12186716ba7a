package keyvault_test

import (
	"bytes"
	"crypto/x509"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/keyvault"
)

const (
	createRoute  = "POST /certificates/{name}/create"
	mergeRoute   = "POST /certificates/{name}/pending/merge"
	discardRoute = "DELETE /certificates/{name}/pending"
)

func TestACertificateIsIssuedAndRenewedUnderOneSecretID(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)

	if _, err := v.Certificate(t.Context(), shop.Name); !errors.Is(err, issuance.ErrGone) {
		t.Fatalf("before: %v", err)
	}
	first, chain := s.issue(t, v, shop)
	if !bytes.Equal(first.Leaf, chain[0]) || !first.Enabled {
		t.Errorf("merged: %+v", first)
	}
	if first.SecretID != vaultURL+"/secrets/shop-example-com" {
		t.Errorf("secret id %s", first.SecretID)
	}
	if diff := cmp.Diff(map[string]string{"Hostname": "shop.example.com", "ManagedBy": "certgate"}, first.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	second, _ := s.issue(t, v, shop)
	if second.Version == first.Version || second.SecretID != first.SecretID {
		t.Errorf("renewed from %s to %s, secret id %s", first.Version, second.Version, second.SecretID)
	}
	if bytes.Equal(keyOf(t, first.Leaf), keyOf(t, second.Leaf)) {
		t.Error("the key was used again")
	}
	read, err := v.Certificate(t.Context(), shop.Name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(second, read); diff != "" {
		t.Errorf("read back (-merged +read):\n%s", diff)
	}
}

func TestTheFirstVersionIsNotThereBeforeTheMerge(t *testing.T) {
	t.Parallel()
	v := simulate(t).vault(t)
	pendingCSR(t, v, shop)
	if _, err := v.Certificate(t.Context(), shop.Name); !errors.Is(err, issuance.ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestTwoRunsAtOnceGetOneKey(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	csrs := make([][]byte, 4)
	var runs sync.WaitGroup
	for i := range csrs {
		v := s.vault(t) // another machine
		runs.Go(func() {
			var err error
			if csrs[i], err = v.PendingCSR(t.Context(), shop); err != nil {
				t.Error(err)
			}
		})
	}
	runs.Wait()
	for _, csr := range csrs[1:] {
		if !bytes.Equal(csr, csrs[0]) {
			t.Fatal("two CSRs")
		}
	}
}

func TestACreateWhoseAnswerWasLostIsAdopted(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := newVault(t, keyvault.Config{Transport: losing(s.transport, "POST", "/create"), KeyType: managed.ECP256})
	csr := pendingCSR(t, v, shop)
	if !bytes.Equal(csr, pendingCSR(t, s.vault(t), shop)) {
		t.Error("the CSR is not the pending one")
	}
}

func TestAPendingOperationOfTheWrongKeyTypeIsReplaced(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	s.pendingOf(t, shop.Name, "shop.example.com", nil) // RSA
	csr, err := x509.ParseCertificateRequest(pendingCSR(t, s.vault(t), shop))
	if err != nil {
		t.Fatal(err)
	}
	if csr.PublicKeyAlgorithm != x509.ECDSA || s.Calls(discardRoute) != 1 {
		t.Errorf("%s after %d removals", csr.PublicKeyAlgorithm, s.Calls(discardRoute))
	}
}

func TestAPendingOperationWhoseCancellationWasAskedForIsReplaced(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	old := pendingCSR(t, s.vault(t), shop)
	_, err := s.azure.UpdateCertificateOperation(t.Context(), shop.Name, azcertificates.UpdateCertificateOperationParameter{CancellationRequested: to.Ptr(true)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(old, pendingCSR(t, s.vault(t), shop)) {
		t.Error("the cancelled CSR was adopted")
	}
}

func TestANameOfOthersIsTaken(t *testing.T) {
	t.Parallel()
	wide := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{"shop.example.com", "www.shop.example.com"}}
	for _, c := range []struct {
		sentence string
		occupy   func(*testing.T, *simulation)
	}{
		{"a certificate of another hostname", func(t *testing.T, s *simulation) {
			s.somebodyElse(t, shop.Name, map[string]*string{"Hostname": to.Ptr("shop-example.com")})
		}},
		{"a certificate without our tag", func(t *testing.T, s *simulation) {
			s.somebodyElse(t, shop.Name, nil)
		}},
		{"a certificate that covers more hostnames", func(t *testing.T, s *simulation) {
			s.issue(t, s.vault(t), wide)
		}},
		{"a pending operation of another hostname", func(t *testing.T, s *simulation) {
			s.pendingOf(t, shop.Name, "shop-example.com", nil)
		}},
		{"a pending operation for more hostnames", func(t *testing.T, s *simulation) {
			pendingCSR(t, s.vault(t), wide)
		}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			s := simulate(t)
			c.occupy(t, s)
			before := s.Calls(mergeRoute) + s.Calls(discardRoute)
			if _, err := s.vault(t).PendingCSR(t.Context(), shop); !errors.Is(err, issuance.ErrNameTaken) {
				t.Errorf("got %v", err)
			}
			if s.Calls(mergeRoute)+s.Calls(discardRoute) != before {
				t.Error("something of theirs was touched")
			}
		})
	}
}

func TestACertificateMayGetMoreHostnames(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	s.issue(t, v, shop)
	wide := issuance.CertificateRequest{Name: shop.Name, Hostnames: []string{"shop.example.com", "www.shop.example.com"}}
	cert, _ := s.issue(t, v, wide)
	if cert.Tags["Hostnames"] != "shop.example.com,www.shop.example.com" {
		t.Errorf("tags %v", cert.Tags)
	}
}

func TestTagsOfOthersSurviveARenewal(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	cert, _ := s.issue(t, v, shop)
	tags := map[string]*string{"Hostname": to.Ptr("shop.example.com"), "CostCentre": to.Ptr("4711")}
	if _, err := s.azure.UpdateCertificate(t.Context(), shop.Name, cert.Version, azcertificates.UpdateCertificateParameters{Tags: tags}, nil); err != nil {
		t.Fatal(err)
	}
	renewed, _ := s.issue(t, v, shop)
	want := map[string]string{"Hostname": "shop.example.com", "ManagedBy": "certgate", "CostCentre": "4711"}
	if diff := cmp.Diff(want, renewed.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

// With them acmebot would renew certgate's version beside certgate, for ever.
func TestTagsOfOtherManagersDoNotTravelIntoAVersion(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	cert, _ := s.issue(t, v, shop)
	tags := map[string]*string{"Hostname": to.Ptr("shop.example.com"), "CostCentre": to.Ptr("4711"), "Issuer": to.Ptr("Acmebot"), "Endpoint": to.Ptr("acme-v02.api.letsencrypt.org"),
		"DnsProvider": to.Ptr("Azure DNS"), "Acmebot": to.Ptr(`{"endpoint":"acme-v02.api.letsencrypt.org"}`)}
	if _, err := s.azure.UpdateCertificate(t.Context(), shop.Name, cert.Version, azcertificates.UpdateCertificateParameters{Tags: tags}, nil); err != nil {
		t.Fatal(err)
	}
	renewed, _ := s.issue(t, v, shop)
	want := map[string]string{"Hostname": "shop.example.com", "ManagedBy": "certgate", "CostCentre": "4711"}
	if diff := cmp.Diff(want, renewed.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
}

func TestWhereAVersionIsFromStandsInItsTagsAndInNoOthers(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	from := shop
	from.Source = issuance.Source{Directory: "https://ca.example/directory", Profile: "shortlived"}
	cert, _ := s.issue(t, v, from)
	want := map[string]string{"Hostname": "shop.example.com", "ManagedBy": "certgate", "AcmeDirectory": "https://ca.example/directory", "AcmeProfile": "shortlived"}
	if diff := cmp.Diff(want, cert.Tags); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	from.Source = issuance.Source{Directory: "https://" + strings.Repeat("a", 260) + ".example"}
	cert, _ = s.issue(t, v, from)
	if diff := cmp.Diff(map[string]string{"Hostname": "shop.example.com", "ManagedBy": "certgate"}, cert.Tags); diff != "" {
		t.Errorf("a directory that fits into no tag (-want +got):\n%s", diff)
	}
}

func TestASoftDeletedNameIsAFailureWithItsRemedy(t *testing.T) {
	t.Parallel()
	s := simulate(t)
	v := s.vault(t)
	s.issue(t, v, shop)
	if _, err := s.azure.DeleteCertificate(t.Context(), shop.Name, nil); err != nil {
		t.Fatal(err)
	}
	_, err := v.PendingCSR(t.Context(), shop)
	_, looked := s.vault(t).Under(t.Context(), shop)
	if failure := asFailure(t, looked); failure.Code != issuance.CodeNameSoftDeleted {
		t.Errorf("a look: %v", looked)
	}
	if failure := asFailure(t, err); failure.Code != issuance.CodeNameSoftDeleted {
		t.Errorf("got %v", failure)
	}
}

func keyOf(t *testing.T, der []byte) []byte {
	t.Helper()
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert.RawSubjectPublicKeyInfo
}
