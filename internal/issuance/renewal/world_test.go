package renewal_test

import (
	"crypto/x509"
	"encoding/json"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

const (
	shop     = "shop.example.com"
	shopName = "shop-example-com"
	day      = 24 * time.Hour
)

// renewalWorld is the world with the renewal timers.
type renewalWorld struct {
	*issuancetest.World
	renewals *renewal.Renewals
	began    time.Time
}

func newRenewalWorld(t *testing.T) *renewalWorld {
	t.Helper()
	w := &renewalWorld{World: issuancetest.NewWorld(t)}
	w.began = w.Clock.Now()
	w.renewals = renewal.New(renewal.Config{
		Records: w.Records, Info: w.CA, Issuers: w.Issuers, Vault: w.Vault, Gateway: w.Gateway, Starter: w.Runner, Random: func() float64 { return 0.5 },
	})
	w.Runner.Add(renewal.RenewCertificates(w.renewals))
	return w
}

// issued is a world with a certificate for each hostname in service.
func issued(t *testing.T, hostnames ...string) *renewalWorld {
	t.Helper()
	w := newRenewalWorld(t)
	for _, hostname := range hostnames {
		w.completed(w.Add(hostname))
	}
	return w
}

func (w *renewalWorld) completed(id string) *durable.Instance {
	w.Helper()
	w.Drain()
	inst := w.Instance(id)
	if inst.Status != durable.Completed {
		w.Fatalf("instance is %s: %s", inst.Status, inst.Custom.Message)
	}
	return inst
}

// until puts the timers to work until the given time after the beginning: a sweep
// every quarter of an hour, a run over everything every twelve hours.
func (w *renewalWorld) until(after time.Duration) {
	w.Helper()
	const quarter = 15 * time.Minute
	for now := w.Clock.Now().Truncate(quarter).Add(quarter); now.Before(w.began.Add(after)); now = now.Add(quarter) {
		w.RunTo(now)
		w.sweep()
		if now.Sub(w.began.Truncate(quarter))%(12*time.Hour) == 0 {
			w.Start(renewal.RunStart())
		}
	}
	w.RunTo(w.began.Add(after))
}

func (w *renewalWorld) sweep() renewal.Sweep {
	w.Helper()
	done, err := w.renewals.SweepDue(w.Context(), w.Clock.Now())
	if err != nil {
		w.Fatalf("sweep: %v", err)
	}
	return done
}

func (w *renewalWorld) reconcile() renewal.Reconciled {
	w.Helper()
	done, err := w.renewals.Reconcile(w.Context(), w.Clock.Now())
	if err != nil {
		w.Fatalf("reconcile: %v", err)
	}
	return done
}

// renewal is the only renewal there was.
func (w *renewalWorld) renewal() *durable.Instance {
	w.Helper()
	all := w.Instances(issuance.FlowRenewCertificate)
	if len(all) != 1 {
		w.Fatalf("there were %d renewals, want 1", len(all))
	}
	return all[0]
}

func (w *renewalWorld) input(inst *durable.Instance) (in issuance.RenewInput) {
	w.Helper()
	if err := json.Unmarshal(inst.Input, &in); err != nil {
		w.Fatal(err)
	}
	return in
}

// after is the time since the beginning.
func (w *renewalWorld) after(at time.Time) time.Duration { return at.Sub(w.began) }

// suggest is an authority whose windows lie so far after the issue.
func (w *renewalWorld) suggest(from, to time.Duration) {
	w.CA.Suggest = func(leaf *x509.Certificate) (managed.Window, error) {
		return managed.Window{Start: leaf.NotBefore.Add(from), End: leaf.NotBefore.Add(to), ExplanationURL: "https://ca.example/why"}, nil
	}
}

// install makes the listener of the published name for a certificate's name.
func (w *renewalWorld) install(name, hostname, secretID string) {
	w.Helper()
	if ok, _, err := w.Gateway.Want(w.Context(), durable.Turn{}, issuance.Listener{Name: name, Hostname: hostname, SecretID: secretID}); err != nil || !ok {
		w.Fatalf("install %s: %v", name, err)
	}
}
