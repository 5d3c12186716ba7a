package acmeca_test

import (
	"testing"

	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/issuance"
)

func TestAnAuthorityThatWentAwayIsNoticedThoughItsDirectoryIsKnown(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	ca, w := machine(p, &acmecatest.Secret{}, &acmecatest.Locks{})
	must[issuance.Order](t)(ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.example.test"}}))
	posts := len(w.seen("POST"))
	if err := ca.Answers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.seen("POST")) - posts; n != 0 {
		t.Errorf("it made %d requests with the account", n)
	}
	p.Stop()
	if ca.Answers(t.Context()) == nil {
		t.Error("it answers though it is stopped")
	}
}
