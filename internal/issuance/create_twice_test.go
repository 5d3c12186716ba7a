package issuance_test

import (
	"context"
	"errors"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/memstore"
)

var errDied = errors.New("the process died")

// deadStore is the store of a run that dies before it can store its turn.
type deadStore struct{ *memstore.Store }

func (deadStore) Commit(context.Context, *durable.Instance, durable.Change) error { return errDied }

// overtaken is a vault in which a second run is overtaken by the first just before
// it begins a version.
type overtaken struct {
	issuance.Vault
	first func() // nil once it has run
	then  error  // what becomes of the second run's call, after it had its effect
}

func (v *overtaken) PendingCSR(ctx context.Context, r issuance.CertificateRequest) ([]byte, error) {
	first := v.first
	if first == nil {
		return v.Vault.PendingCSR(ctx, r)
	}
	v.first = nil
	first()
	csr, err := v.Vault.PendingCSR(ctx, r)
	return csr, errors.Join(err, v.then)
}

func TestOfTwoRunsThatCreateACertificateOneMakesIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		died bool  // the first run, before it could store its turn
		then error // becomes of the second one's call
	}{
		"the first stores its turn":                         {},
		"the first dies before it can":                      {died: true},
		"the first stores its turn, the second is cut off":  {then: &durable.Transient{Err: errDied}},
		"the first dies, the second is cut off and retried": {died: true, then: &durable.Transient{Err: errDied}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			vault := &overtaken{Vault: w.Vault, then: c.then}
			ports := w.Ports()
			ports.Vault = vault
			w.Runner.Add(issuance.AddCertificate(ports))
			id := w.Add("shop.example.com")
			vault.first = func() {
				var store durable.Store = w.Store
				if c.died {
					store = deadStore{w.Store}
				}
				other := durable.NewRunner(durable.Config{Store: store, Queue: w.Queue, Clock: w.Clock.Now, Flows: []durable.Definition{issuance.AddCertificate(w.Ports())}})
				if err := other.Handle(t.Context(), w.Instance(id).Current(), durable.Delivery{}); (err != nil) != c.died {
					t.Errorf("the first run: %v", err)
				}
			}
			w.Drain()
			if inst := w.Instance(id); inst.Status != durable.Completed {
				t.Fatalf("it is %s: %s", inst.Status, inst.Custom.Message)
			}
			if n := len(w.CA.Requests); n != 1 {
				t.Errorf("%d orders, want 1", n)
			}
			if v, err := w.Vault.Certificate(t.Context(), "shop-example-com"); err != nil || v.Version != "v1" {
				t.Errorf("the vault has version %q (%v), want one", v.Version, err)
			}
			if n := w.Vault.Pending(); n != 0 {
				t.Errorf("%d operations are left in the vault", n)
			}
		})
	}
}
