package keyvault_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/issuance"
	"certgate/internal/keyvault"
)

// Where there is an official example of an answer, it is used.

func TestTheDocumentedCertificateIsRead(t *testing.T) {
	t.Parallel()
	const name = "selfSignedCert01"
	service := &script{answers: map[string][]answer{"GET /certificates/" + name + "/": {{status: 200, body: official(t, "GetCertificate", "200")}}}}
	cert, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Certificate(once(t), name)
	if err != nil {
		t.Fatal(err)
	}
	if cert.Version != "f60f2a4f8ae442cfb41ca2090bd4b769" || !cert.Enabled {
		t.Errorf("version %s, enabled %v", cert.Version, cert.Enabled)
	}
	// The example's sid is of another vault than ours: its own host counts.
	if cert.SecretID != "https://myvault.vault.azure.net/secrets/selfSignedCert01" {
		t.Errorf("secret id %s", cert.SecretID)
	}
	if want := time.Date(2039, 12, 31, 23, 59, 59, 0, time.UTC); !cert.NotAfter.Equal(want) {
		t.Errorf("not after %s", cert.NotAfter)
	}
}

func TestTheDocumentedListIsRead(t *testing.T) {
	t.Parallel()
	service := &script{answers: map[string][]answer{"GET /certificates": {{status: 200, body: official(t, "GetCertificates", "200")}}}}
	var names []string
	for s, err := range newVault(t, keyvault.Config{Transport: redirect(t, service)}).List(once(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if !s.Enabled || len(s.Thumbprint) != 20 || s.NotAfter.Year() != 2039 {
			t.Errorf("got %+v", s)
		}
		names = append(names, s.Name)
	}
	if fmt.Sprint(names) != "[listCert01 listCert02]" {
		t.Errorf("names %v", names)
	}
}

func TestAnOperationOfAnotherIssuerIsLeftAlone(t *testing.T) {
	t.Parallel()
	const pending = "/certificates/selfSignedCert01/pending"
	service := &script{answers: map[string][]answer{
		"POST /certificates/selfSignedCert01/create": {refusing(409, "Forbidden", "", "A certificate operation is in progress.")},
		"GET " + pending: {{status: 200, body: official(t, "GetCertificateOperation", "200")}}, // of the issuer Self
	}}
	v := newVault(t, keyvault.Config{Transport: redirect(t, service)})
	hostnames := []string{"onedrive.microsoft.com", "xbox.microsoft.com"} // as in its CSR
	_, err := v.PendingCSR(once(t), issuance.CertificateRequest{Name: "selfSignedCert01", Hostnames: hostnames})
	if !errors.Is(err, issuance.ErrNameTaken) {
		t.Errorf("got %v", err)
	}
	if err := v.DiscardPending(once(t), "selfSignedCert01", hostnames); err != nil {
		t.Error(err)
	}
	if len(service.bodies["DELETE "+pending]) != 0 {
		t.Error("the operation was removed")
	}
}

// The example of a merge has identifiers with a space and without a scheme.
func TestIdentifiersThatAreNoURLsAreMadeUpFor(t *testing.T) {
	t.Parallel()
	chain, csr := selfSigned(t, "shop.example.com")
	service := &script{answers: map[string][]answer{
		"GET /certificates/shop-example-com/pending":        {{status: 200, body: fmt.Sprintf(`{"status":"InProgress","issuer":{"name":"Unknown"},"csr":%q}`, csr)}},
		"POST /certificates/shop-example-com/pending/merge": {{status: 201, body: official(t, "MergeCertificate", "201")}},
	}}
	cert, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Merge(once(t), shop, chain)
	if err != nil {
		t.Fatal(err)
	}
	if cert.SecretID != vaultURL+"/secrets/shop-example-com" || cert.Version != "f366e1a9dd774288ad84a45a5f620352" {
		t.Errorf("secret id %s, version %s", cert.SecretID, cert.Version)
	}
}

func TestTheChainIsSentInTheOrderOfTheSetting(t *testing.T) {
	t.Parallel()
	leaf, csr := selfSigned(t, "shop.example.com")
	chain := [][]byte{leaf[0], newAuthority(t).cert.Raw}
	for _, c := range []struct {
		order keyvault.ChainOrder
		want  []any
	}{
		{keyvault.LeafFirst, []any{base64.StdEncoding.EncodeToString(chain[0]), base64.StdEncoding.EncodeToString(chain[1])}},
		{keyvault.RootFirst, []any{base64.StdEncoding.EncodeToString(chain[1]), base64.StdEncoding.EncodeToString(chain[0])}},
	} {
		const merge = "POST /certificates/shop-example-com/pending/merge"
		service := &script{answers: map[string][]answer{
			"GET /certificates/shop-example-com/pending": {{status: 200, body: fmt.Sprintf(`{"status":"inProgress","csr":%q}`, csr)}},
			merge: {{status: 201, body: `{}`}},
		}}
		if _, err := newVault(t, keyvault.Config{Transport: redirect(t, service), ChainOrder: c.order}).Merge(once(t), shop, chain); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(c.want), service.sent(t, merge)["x5c"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.order, diff)
		}
	}
}

func TestANewVersionOfTheAccountKeepsTagsAndContentType(t *testing.T) {
	t.Parallel()
	const put = "PUT /secrets/acme-account"
	service := &script{answers: map[string][]answer{
		"GET /secrets/acme-account/": {{status: 200, body: `{"value":"{\"old\":1}","contentType":"application/json","tags":{"Owner":"platform"}}`}},
		put:                          {{status: 200, body: `{}`}},
	}}
	secret, err := newVault(t, keyvault.Config{Transport: redirect(t, service)}).Secret("acme-account")
	if err != nil {
		t.Fatal(err)
	}
	if err := secret.Save(once(t), []byte(`{"new":1}`)); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"value": `{"new":1}`, "contentType": "application/json", "tags": map[string]any{"Owner": "platform", "ManagedBy": "certgate"}}
	if diff := cmp.Diff(want, service.sent(t, put)); diff != "" {
		t.Errorf("saved (-want +got):\n%s", diff)
	}
}

func TestABundleWithoutCertificateIsAFirstVersionInTheMaking(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bundle string
		taken  bool
	}{
		{`{"attributes":{"enabled":false}}`, false},
		{`{"attributes":{"enabled":false},"tags":{"Hostname":"shop.example.com"}}`, false},
		{`{"attributes":{"enabled":false},"tags":{"Hostname":"shop-example.com"}}`, true},
	} {
		service := created()
		service.answers["GET /certificates/shop-example-com/"] = []answer{{status: 200, body: c.bundle}}
		v := newVault(t, keyvault.Config{Transport: redirect(t, service)})
		if _, err := v.Certificate(once(t), shop.Name); !errors.Is(err, issuance.ErrGone) {
			t.Errorf("%s was read as a certificate: %v", c.bundle, err)
		}
		if _, err := v.PendingCSR(once(t), shop); errors.Is(err, issuance.ErrNameTaken) != c.taken {
			t.Errorf("%s: %v", c.bundle, err)
		}
	}
}
