package acmeca_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"testing"

	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
)

func TestStandingFollowsTheAccountThroughItsLife(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	account := &acmecatest.Secret{}
	ca, w := machine(p, account, &acmecatest.Locks{})
	standing := func() acmeca.Description {
		t.Helper()
		return must[acmeca.Description](t)(ca.Describe(t.Context()))
	}

	s := standing()
	if s.Account != "" || s.AccountStatus != "" || s.Profile != "classic" || len(s.Profiles) != 1 || len(s.CAADomains) != 1 || s.Directory != p.directory() {
		t.Errorf("before there is an account: %+v", s)
	}
	if account.Saves() != 0 || len(w.seen("POST")) != 0 {
		t.Errorf("it made something: %d saves, %q", account.Saves(), w.seen("POST"))
	}

	must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.example.test"}}))
	if s = standing(); s.Account == "" || s.AccountStatus != "valid" {
		t.Errorf("with an account: %+v", s)
	}

	deactivate(t, p, account, s.Account)
	saves := account.Saves()
	if s = standing(); s.AccountStatus != "deactivated" {
		t.Errorf("with a deactivated account: %+v", s)
	}

	p.restart(t)
	if s = standing(); s.AccountStatus != "unknown" || account.Saves() != saves {
		t.Errorf("with a forgotten account: %+v, %d saves more", s, account.Saves()-saves)
	}
}

func TestStandingSaysThatABindingIsNeeded(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{eabKeys: map[string]string{"kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}})
	ca, _ := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	if s := must[acmeca.Description](t)(ca.Describe(t.Context())); !s.BindingNeeded || s.Bound {
		t.Errorf("without a binding: %+v", s)
	}
	bound := acmeca.New(acmeca.Config{Endpoint: p.directory(), EABKeyID: "kid-1", EABHMACKey: "c2VjcmV0", Accounts: &acmecatest.Secret{}, Locks: &acmecatest.Locks{}, Transport: p.transport()})
	if s := must[acmeca.Description](t)(bound.Describe(t.Context())); !s.BindingNeeded || !s.Bound {
		t.Errorf("with a binding: %+v", s)
	}
}

// deactivate does what the owner of the key could do elsewhere.
func deactivate(t *testing.T, p *pebble, account *acmecatest.Secret, url string) {
	t.Helper()
	var stored struct{ PrivateKey string }
	if err := json.Unmarshal([]byte(account.Text()), &stored); err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(stored.PrivateKey))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	core, err := api.New(&http.Client{Transport: p.transport()}, "certgate/test", p.directory(), url, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := core.Accounts.Deactivate(url); err != nil {
		t.Fatal(err)
	}
}
