package issuance_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
)

// manageWorld is one certificate on a gateway, in a vault and at an authority,
// and the flows that manage it. Each of the three can be away or refuse.
type manageWorld struct {
	t       *testing.T
	clock   *durabletest.Clock
	store   *memstore.Store
	queue   *memstore.Queue
	records *managedtest.Records
	runner  *durable.Runner
	pump    *durabletest.Pump

	did      []string          // what was done, in order, once each
	versions map[string][]byte // leaf by version
	newest   string
	disabled bool
	removed  bool
	revoked  map[string]uint // reason by leaf
	refuse   map[string]error
}

const (
	managedName   = "shop-example-com"
	managedHost   = "shop.example.com"
	managedSecret = "https://v.vault.azure.net/secrets/shop-example-com"
)

const aDay = 24 * time.Hour

var managedHosts = []issuance.InputHostname{{Hostname: managedHost}}

func newManageWorld(t *testing.T) *manageWorld {
	t.Helper()
	clock := durabletest.NewClock()
	w := &manageWorld{
		t: t, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), records: managedtest.NewRecords(),
		versions: map[string][]byte{"v1": []byte("leaf 1"), "v2": []byte("leaf 2")}, newest: "v2",
		revoked: map[string]uint{}, refuse: map[string]error{},
	}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.runner.Add(issuance.RetireCertificate(issuance.RetirePorts{Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Listeners: w}}, Authorities: issuancetest.Only(issuance.Authority{Revoker: w}), Vault: w, Records: w.records}))
	w.runner.Add(issuance.RevokeCertificate(issuance.RevokePorts{Authorities: issuancetest.Only(issuance.Authority{Revoker: w}), Vault: w, Records: w.records}))
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}, Poison: w.runner.HandlePoison}
	now := clock.Now()
	err := w.records.SaveRecord(t.Context(), &managed.Record{
		Name: managedName, Hostnames: []string{managedHost}, Version: "v2", NotBefore: now.Add(-aDay), NotAfter: now.Add(89 * aDay),
		RenewAt: now.Add(59 * aDay), NextCheck: now.Add(aDay), Served: managed.ServedCurrent, ServedAt: now, Alarm: managed.StandingNotServed,
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *manageWorld) once(what string) {
	if !slices.Contains(w.did, what) {
		w.did = append(w.did, what)
	}
}

// Retire does the work and lets the asking turn park until it is woken.
func (w *manageWorld) Retire(ctx context.Context, t durable.Turn, name, secretID string) (bool, error) {
	if w.versions != nil && secretID != managedSecret {
		w.t.Errorf("the gateway's writer is told the secret %q", secretID)
	}
	if err := w.refuse["gateway"]; err != nil {
		return false, err
	}
	if w.removed && t.Woken {
		return true, nil
	}
	w.removed = true
	w.once("removed " + name)
	wake := t.Current()
	wake.Wake = true
	return false, w.queue.Send(ctx, wake, 2*time.Minute)
}

func (w *manageWorld) Revoke(_ context.Context, leaf []byte, reason uint) error {
	if err := w.refuse["authority"]; err != nil {
		return err
	}
	if _, done := w.revoked[string(leaf)]; !done {
		w.revoked[string(leaf)] = reason
	}
	w.once(fmt.Sprintf("revoked %s", leaf))
	return nil
}

func (w *manageWorld) Version(_ context.Context, name, version string) (issuance.VaultCertificate, error) {
	if version == "" {
		version = w.newest
	}
	leaf, ok := w.versions[version]
	if name != managedName || !ok {
		return issuance.VaultCertificate{}, issuance.ErrGone
	}
	return issuance.VaultCertificate{Name: name, Version: version, Leaf: leaf, SecretID: managedSecret}, nil
}

func (w *manageWorld) Disable(_ context.Context, name string) error {
	if _, ok := w.versions[w.newest]; !ok {
		return issuance.ErrGone
	}
	w.disabled = true
	w.once("disabled " + name)
	return nil
}

func (w *manageWorld) run(flow string, in any) *durable.Instance {
	w.t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		w.t.Fatal(err)
	}
	id, _, err := w.runner.Start(w.t.Context(), durable.Start{Flow: flow, Claim: issuance.Claim(managedHost), Input: raw})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.pump.Drain(w.t.Context(), 500); err != nil {
		w.t.Fatal(err)
	}
	inst, err := w.store.Load(w.t.Context(), id)
	if err != nil || !inst.Status.Ended() {
		w.t.Fatalf("%+v, %v", inst, err)
	}
	return inst
}

func (w *manageWorld) retire(revoke bool) *durable.Instance {
	return w.run(issuance.FlowRetireCertificate, issuance.RetireInput{Certificate: managedName, Hostnames: managedHosts, Revoke: revoke})
}

func (w *manageWorld) revoke(version string, reason issuance.RevocationReason) *durable.Instance {
	return w.run(issuance.FlowRevokeCertificate, issuance.RevokeInput{Certificate: managedName, Hostnames: managedHosts, Reason: reason, Version: version})
}

func (w *manageWorld) record() *managed.Record {
	w.t.Helper()
	r, err := w.records.Record(w.t.Context(), managedName)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func TestARetiredCertificateIsOffTheGatewayBeforeItsKeyIsUnreadable(t *testing.T) {
	t.Parallel()
	for name, deliver := range map[string]func(*durabletest.Pump){
		"once": func(*durabletest.Pump) {}, "twice": func(p *durabletest.Pump) { p.Twice = true }, "not deleted": func(p *durabletest.Pump) { p.LoseDeletes = true },
	} {
		for _, revoke := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, revoke %t", name, revoke), func(t *testing.T) {
				t.Parallel()
				w := newManageWorld(t)
				deliver(w.pump)
				inst := w.retire(revoke)
				want := []string{"removed shop-example-com", "disabled shop-example-com"}
				if revoke {
					want = slices.Insert(want, 1, "revoked leaf 2")
				}
				if inst.Status != durable.Completed || !slices.Equal(w.did, want) {
					t.Errorf("%s after %q, want %q", inst.Status, w.did, want)
				}
				if revoke && w.revoked["leaf 2"] != 5 {
					t.Errorf("revoked for %v, want cessationOfOperation (5)", w.revoked)
				}
				r := w.record()
				if !r.Retired || r.Revoked != revoke || !r.NextCheck.IsZero() || !r.RenewAt.IsZero() || r.Alarm != "" || r.ServedAt.IsZero() {
					t.Errorf("record: %+v", r)
				}
				if standing, _ := managed.StandingOf(r, w.clock.Now().Add(1000*aDay)); standing != managed.StandingRetired {
					t.Errorf("standing %s", standing)
				}
				if again := w.retire(revoke); again.Status != durable.Completed {
					t.Errorf("asked for again: %+v", again.Custom)
				}
			})
		}
	}
}

func TestACertificateThatSomebodyElseUsesStaysInService(t *testing.T) {
	t.Parallel()
	w := newManageWorld(t)
	w.refuse["gateway"] = &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "The listener is still used by a redirect."}
	inst := w.retire(true)
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeGatewayRefused || w.record().Retired || len(w.did) != 0 {
		t.Errorf("%+v, %q, %+v", inst.Custom, w.did, w.record())
	}
}

func TestARefusedRevocationDoesNotBringARetiredCertificateBack(t *testing.T) {
	t.Parallel()
	w := newManageWorld(t)
	w.refuse["authority"] = &durable.Failure{Code: issuance.CodeRevocationRefused, Message: "The authority refused."}
	if inst := w.retire(true); inst.Custom.Error != issuance.CodeRevocationRefused {
		t.Errorf("%+v", inst.Custom)
	}
	if r := w.record(); !r.Retired || r.Revoked || w.disabled {
		t.Errorf("disabled %t, record %+v", w.disabled, r)
	}
	w.refuse = nil
	if inst := w.retire(true); inst.Status != durable.Completed || !w.disabled || !w.record().Revoked {
		t.Errorf("%+v", inst.Custom)
	}
}

func TestWhatIsGoneAlreadyIsNoObstacleToRetiring(t *testing.T) {
	t.Parallel()
	w := newManageWorld(t)
	w.versions = nil
	if err := w.records.DeleteRecord(t.Context(), managedName); err != nil {
		t.Fatal(err)
	}
	if inst := w.retire(true); inst.Status != durable.Completed || len(w.revoked) != 0 {
		t.Errorf("%+v", inst.Custom)
	}
}

func TestARevokedCertificateInUseIsDueAtOnceAndAnOlderOneIsNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		version string
		reason  issuance.RevocationReason
		code    uint
		inUse   bool
	}{
		{"v2", issuance.ReasonKeyCompromise, 1, true},
		{"v2", issuance.ReasonUnspecified, 0, true},
		{"v1", issuance.ReasonSuperseded, 4, false},
	} {
		t.Run(fmt.Sprintf("%s %s", c.version, c.reason), func(t *testing.T) {
			t.Parallel()
			w := newManageWorld(t)
			w.pump.Twice = true
			inst := w.revoke(c.version, c.reason)
			if code, done := w.revoked[string(w.versions[c.version])]; inst.Status != durable.Completed || !done || code != c.code || len(w.revoked) != 1 {
				t.Errorf("%+v, revoked %v", inst.Custom, w.revoked)
			}
			r := w.record()
			if r.Revoked != c.inUse || r.NextCheck.After(w.clock.Now()) == c.inUse || w.removed || w.disabled {
				t.Errorf("record %+v", r)
			}
			if !strings.Contains(string(inst.Output), fmt.Sprintf(`"replace":%t`, c.inUse)) {
				t.Errorf("output %s", inst.Output)
			}
		})
	}
}

func TestAVersionThatIsGoneCannotBeRevoked(t *testing.T) {
	t.Parallel()
	w := newManageWorld(t)
	if inst := w.revoke("v0", issuance.ReasonSuperseded); inst.Custom.Error != issuance.CodeCertificateGone || w.record().Revoked {
		t.Errorf("%+v", inst.Custom)
	}
}

func TestAnAuthorityThatIsAwayIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newManageWorld(t)
	w.refuse["authority"] = &durable.Transient{Public: "The authority is away.", Err: errors.New("503")}
	tries := 0
	handle := w.pump.Handle
	w.pump.Handle = func(ctx context.Context, m durable.Message, n int) error {
		if tries++; tries == 4 {
			delete(w.refuse, "authority")
		}
		return handle(ctx, m, n)
	}
	if inst := w.revoke("v2", issuance.ReasonKeyCompromise); inst.Status != durable.Completed || len(w.revoked) != 1 {
		t.Errorf("%+v", inst.Custom)
	}
}
