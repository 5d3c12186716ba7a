package vaultsim_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azcertificates"
	"github.com/google/go-cmp/cmp"

	"certgate/localstack/vaultsim"
)

func decode(t *testing.T, reply *http.Response, into any) {
	t.Helper()
	if err := json.NewDecoder(reply.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

func TestADeletedFirstOperationLeavesAnEmptyDisabledCertificate(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	if _, err := s.certs.CreateCertificate(t.Context(), "c", azcertificates.CreateCertificateParameters{CertificatePolicy: ecPolicy("c.example"),
		Tags: map[string]*string{"Hostname": to.Ptr("c.example")}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.certs.DeleteCertificateOperation(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	left, err := s.certs.GetCertificate(t.Context(), "c", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if *left.Attributes.Enabled || left.CER != nil || left.SID != nil || left.Attributes.Expires == nil || *left.Tags["Hostname"] != "c.example" {
		t.Errorf("left behind: %+v", left.Certificate)
	}
	if names, _ := s.list(t, nil); !cmp.Equal(names, []string{"c"}) {
		t.Errorf("the list has %v", names)
	}
	again := s.issue(t, "c", "c.example")
	if len(again.CER) == 0 {
		t.Error("the name cannot be used again")
	}
	if _, err := s.certs.GetCertificate(t.Context(), "c", left.ID.Version(), nil); err == nil {
		t.Error("the empty version is still there")
	}
	s.create(t, "d", ecPolicy("d.example"))
	if _, err := s.certs.DeleteCertificate(t.Context(), "d", nil); err != nil {
		t.Errorf("what is only pending cannot be deleted: %v", err)
	}
}

func TestTheOperationShowsInTheBundleAndThePolicyNotByVersion(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	merged := s.issue(t, "c", "c.example")
	for path, want := range map[string]bool{"/certificates/c": true, "/certificates/c/" + merged.ID.Version(): false} {
		var got map[string]any
		decode(t, s.ask(t, "GET", path+"?api-version=7.6", nil), &got)
		if (got["policy"] != nil) != want || (got["pending"] != nil) != want || got["contentType"] != nil {
			t.Errorf("%s: %v", path, got)
		}
	}
	if _, err := s.certs.DeleteCertificateOperation(t.Context(), "c", nil); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	decode(t, s.ask(t, "GET", "/certificates/c?api-version=7.6", nil), &got)
	if got["pending"] != nil {
		t.Errorf("without an operation: %v", got["pending"])
	}
}

func TestRetryAfterAndLocationAreWhereTheServiceHasThem(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	op := s.create(t, "c", ecPolicy("c.example"))
	if got := s.ask(t, "GET", "/certificates/c/pending?api-version=7.6", nil).Header.Get("Retry-After"); got != "10" {
		t.Errorf("while it is pending: Retry-After %q", got)
	}
	if got := s.ask(t, "PATCH", "/certificates/c/pending?api-version=7.6", map[string]any{"cancellation_requested": true}).Header.Get("Retry-After"); got != "" {
		t.Errorf("of a cancellation: Retry-After %q", got)
	}
	merge := s.ask(t, "POST", "/certificates/c/pending/merge?api-version=7.6", map[string]any{"x5c": newCA(t).sign(t, op.CSR)})
	if got := merge.Header.Get("Location"); got != vaultURL+"/certificates/c?api-version=7.6" {
		t.Errorf("Location of merge %q", got)
	}
	if got := s.ask(t, "GET", "/certificates/c/pending?api-version=7.6", nil).Header.Get("Retry-After"); got != "" {
		t.Errorf("completed: Retry-After %q", got)
	}
}

func TestTheNewestVersionShowsEveryKindOfName(t *testing.T) {
	t.Parallel()
	s := setup(t, vaultsim.Options{})
	s.create(t, "c", ecPolicy("c.example"))
	for version, want := range map[string]int{"7.6": 1, "2025-07-01": 5} {
		var got struct {
			Props struct {
				Names map[string][]string `json:"sans"`
			} `json:"x509_props"`
		}
		decode(t, s.ask(t, "GET", "/certificates/c/policy?api-version="+version, nil), &got)
		if len(got.Props.Names) != want || got.Props.Names["dns_names"][0] != "c.example" {
			t.Errorf("%s: %v", version, got.Props.Names)
		}
	}
}
