package acmeca_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/waittest"
)

func TestMachinesThatRaceForTheAccountMakeOne(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret, shared := &acmecatest.Secret{}, &acmecatest.Locks{}
	var made sync.Map
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			ca, w := machine(p, secret, shared)
			waittest.Until(t, time.Minute, "machine has an order", func() bool {
				_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
				var later *durable.RetryLater
				if err != nil && !errors.As(err, &later) {
					t.Error(err)
				}
				return later == nil
			})
			identity, err := ca.Identity(t.Context())
			if err != nil || identity.AccountURI == "" {
				t.Errorf("machine %d: %+v, %v", i, identity, err)
			}
			made.Store(identity.AccountURI, true)
			if n := len(w.seen("POST /sign-me-up")); n > 1 {
				t.Errorf("machine %d registered %d times", i, n)
			}
		})
	}
	wg.Wait()
	accounts := 0
	made.Range(func(any, any) bool { accounts++; return true })
	if accounts != 1 || secret.Saves() != 2 {
		t.Errorf("%d accounts, %d saves", accounts, secret.Saves())
	}
}

// lateLocks lets something happen between a look at the secret and the lock.
type lateLocks struct {
	acmecatest.Locks
	before func()
}

func (l *lateLocks) Acquire(ctx context.Context, name string, ttl time.Duration) (bool, func(context.Context) error, error) {
	l.before()
	return l.Locks.Acquire(ctx, name, ttl)
}

func TestAMachineThatGetsTheLockLateUsesTheAccountThatIsThere(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret := &acmecatest.Secret{}
	first, _ := machine(p, secret, &acmecatest.Locks{})
	late, w := machine(p, secret, &lateLocks{before: func() {
		if _, err := first.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); err != nil {
			t.Error(err)
		}
	}})
	if _, err := late.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); err != nil {
		t.Fatal(err)
	}
	if made := w.seen("POST /sign-me-up"); len(made) != 0 || secret.Saves() != 2 {
		t.Errorf("%v and %d saves", made, secret.Saves())
	}
}

func TestALockThatRanOutDoesNotReplaceTheStoredKey(t *testing.T) {
	t.Parallel()
	p := startPebble(t, pebbleOptions{})
	secret := &acmecatest.Secret{}
	winner, _ := machine(p, secret, &acmecatest.Locks{})
	// The loser's registration takes so long that another machine makes the account.
	w := &wire{base: p.transport()}
	slow := acmeca.New(acmeca.Config{Endpoint: p.directory(), Accounts: secret, Locks: &acmecatest.Locks{}, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.Path == "/sign-me-up" {
			secret.Forget()
			if _, err := winner.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); err != nil {
				t.Error(err)
			}
		}
		return w.RoundTrip(req)
	})})
	_, err := slow.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"b.test"}})
	var later *durable.RetryLater
	if !errors.As(err, &later) {
		t.Fatalf("got %v", err)
	}
	if _, err := slow.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"b.test"}}); err != nil {
		t.Fatal(err)
	}
	ours := must[issuance.CAIdentity](t)(slow.Identity(t.Context()))
	theirs := must[issuance.CAIdentity](t)(winner.Identity(t.Context()))
	if ours.AccountURI != theirs.AccountURI {
		t.Errorf("two accounts: %s and %s", ours.AccountURI, theirs.AccountURI)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestALockThatSomebodyElseHoldsIsWaitedFor(t *testing.T) {
	t.Parallel()
	shared := &acmecatest.Locks{}
	ca, w := machine(startPebble(t, pebbleOptions{}), &acmecatest.Secret{}, shared)
	_, release, err := shared.Acquire(t.Context(), "acme-account", 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
	var later *durable.RetryLater
	if !errors.As(err, &later) || later.After <= 0 || len(w.seen("POST")) > 0 {
		t.Errorf("got %v after %v", err, w.seen("POST"))
	}
	if err := release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}}); err != nil {
		t.Error(err)
	}
}
