package issuers_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/cagate"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuers"
	"certgate/internal/memstore"
)

func member(name string, preferred bool) issuers.Member {
	return issuers.Member{Name: name, Preferred: preferred,
		CA:   acmeca.New(acmeca.Config{Endpoint: "http://" + name}), // says so when it is asked for anything
		Gate: cagate.New(cagate.Config{Documents: memstore.New(durabletest.NewClock().Now), Authority: name})}
}

func TestAnIssuerIsFoundByItsName(t *testing.T) {
	t.Parallel()
	all := issuers.New(member("b", true), member("default", true), member("c", false), member("a", true))
	if got := all.Preferred(); !slices.Equal(got, []string{"b", "default", "a"}) {
		t.Errorf("preferred: %q", got)
	}
	if got := all.Names(); !slices.Equal(got, []string{"b", "default", "a", "c"}) {
		t.Errorf("all: %q", got)
	}
	for _, c := range []struct {
		all        *issuers.Issuers
		name, host string
	}{
		{all, "c", "http://c"},
		{all, "", "http://default"}, // rows of before have no name
		{issuers.New(member("b", true), member("a", true)), "", "http://b"},
	} {
		ca, err := c.all.Issuer(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"x.example"}}); err == nil || !strings.Contains(err.Error(), c.host) {
			t.Errorf("%q leads to %v, want %s", c.name, err, c.host)
		}
	}
	var gone *durable.Failure
	if _, err := all.Issuer("d"); !errors.As(err, &gone) || gone.Code != issuance.CodeIssuerNotFound || !strings.Contains(gone.Message, `"d"`) {
		t.Errorf("an issuer that is not there: %v", err)
	}
	if _, again, err := all.RenewalInfo(t.Context(), "d", "x.y"); !errors.Is(err, renewal.ErrNoInfo) || again <= 0 {
		t.Errorf("renewal information of one that is not there: %v", err)
	}
}

func TestEachIssuerTellsHowItStands(t *testing.T) {
	t.Parallel()
	found := issuers.New(member("b", true), member("a", false)).Standings(t.Context())
	if len(found) != 2 || found[0].Name != "b" || !strings.Contains(found[0].Trouble, "is not an https URL") || found[1].Name != "a" || found[1].Preferred {
		t.Errorf("%+v", found)
	}
}
