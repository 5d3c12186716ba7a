package delivery_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/delivery"
	"certgate/internal/delivery/target"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
)

// world is an authority with an intermediate, the records of what it issued, and servers
// that show what a test wants.
type world struct {
	*delivery.Deliveries
	t       *testing.T
	clock   *durabletest.Clock
	store   *memstore.Store
	runner  *durable.Runner
	records *managedtest.Records
	pump    *durabletest.Pump

	key                *ecdsa.PrivateKey
	leafKey            crypto.Signer // nil is key too
	root, intermediate *x509.Certificate
	serial             int64

	mu     sync.Mutex
	served map[string][][]byte // by address and port; nil chain is no certificate for the name
	asked  []string            // the names asked for
	starts int
}

func newWorld(t *testing.T, targets string) *world {
	t.Helper()
	list, err := target.Read(targets)
	if err != nil {
		t.Fatal(err)
	}
	clock := durabletest.NewClock()
	queue := memstore.NewQueue(clock.Now)
	w := &world{t: t, clock: clock, store: memstore.New(clock.Now), records: managedtest.NewRecords(), served: map[string][][]byte{}}
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.root = w.issue(nil, "Root", "")
	w.intermediate = w.issue(w.root, "Intermediate", "")
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.Deliveries = delivery.New(delivery.Config{Targets: list, Starter: w, Instances: w.store, Records: w.records, Chains: w, Resolver: w, Own: w.own})
	w.runner.Add(w.Definition())
	w.pump = &durabletest.Pump{Queue: queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}, Poison: w.runner.HandlePoison}
	return w
}

// Start implements delivery.Starter.
func (w *world) Start(ctx context.Context, s durable.Start) (string, bool, error) {
	id, existing, err := w.runner.Start(ctx, s)
	if err == nil && !existing {
		w.starts++
	}
	return id, existing, err
}

// Addresses is the public DNS: mail has two addresses, of which one is never reached.
func (w *world) Addresses(_ context.Context, host string) (issuance.Addresses, error) {
	var found issuance.Addresses
	switch host {
	case "mail.example.com":
		found.IPs = []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8::10")}
	case "shop.example.com", "certgate-check.example.com":
		found.IPs = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	}
	return found, nil
}

// own is what the app's network alone knows.
func (w *world) own(_ context.Context, host string) ([]netip.Addr, error) {
	if host == "proxy.internal" {
		return []netip.Addr{netip.MustParseAddr("10.0.0.4")}, nil
	}
	return nil, &durable.Transient{Public: "unknown"}
}

// ServedChainAt implements delivery.Chains.
func (w *world) ServedChainAt(_ context.Context, hostname string, at netip.AddrPort) ([][]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, hostname)
	chain, ok := w.served[at.String()]
	switch {
	case !ok:
		return nil, &durable.Transient{Public: "No TLS connection could be opened to " + at.String() + "."}
	case chain == nil:
		return nil, issuance.ErrNoListener
	}
	return chain, nil
}

// issue makes a certificate for a hostname, or one of an authority.
func (w *world) issue(issuer *x509.Certificate, name, hostname string) *x509.Certificate {
	w.t.Helper()
	w.serial++
	now := w.clock.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(w.serial), Subject: pkix.Name{CommonName: name}, NotBefore: now, NotAfter: now.Add(90 * 24 * time.Hour),
		BasicConstraintsValid: true, IsCA: hostname == "", KeyUsage: x509.KeyUsageCertSign,
	}
	if hostname != "" {
		template.DNSNames = []string{hostname}
	}
	if issuer == nil {
		issuer = template
	}
	public := w.key.Public()
	if hostname != "" && w.leafKey != nil {
		public = w.leafKey.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// manages issues the next version for a hostname and stores its record, as the last step
// of an issue does. It returns the served chain.
func (w *world) manages(hostname, version string) [][]byte {
	w.t.Helper()
	leaf := w.issue(w.intermediate, hostname, hostname)
	fresh := &managed.Record{Hostnames: []string{hostname}, Served: managed.ServedCurrent, ServedAt: w.clock.Now(), LastInstance: version}
	if known, err := w.records.Record(w.t.Context(), name(hostname)); err == nil {
		fresh.Thumbprint = known.Thumbprint // Take keeps it as the one before
	}
	if err := fresh.Take(name(hostname), version, "https://vault.test/secrets/"+name(hostname), leaf.Raw); err != nil {
		w.t.Fatal(err)
	}
	if err := managed.Replace(w.t.Context(), w.records, fresh, false); err != nil {
		w.t.Fatal(err)
	}
	return [][]byte{leaf.Raw, w.intermediate.Raw}
}

func name(hostname string) string {
	return strings.ReplaceAll(strings.ReplaceAll(hostname, "*", "wildcard"), ".", "-")
}

// ended tells of the end of what has issued a version, several times as the engine may.
func (w *world) ended(flow, hostname, version string) {
	w.t.Helper()
	input, _ := json.Marshal(issuance.Input{Hostnames: []issuance.InputHostname{{Hostname: hostname}}})
	output, _ := json.Marshal(issuance.Result{Hostname: hostname, CertificateName: name(hostname), Version: version})
	for range 2 {
		if err := w.Ended(w.t.Context(), &durable.Instance{ID: "0", Flow: flow, Status: durable.Completed, Input: input, Output: output}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// issued is both.
func (w *world) issued(hostname, version string) [][]byte {
	w.t.Helper()
	chain := w.manages(hostname, version)
	w.ended(issuance.FlowAddCertificate, hostname, version)
	return chain
}

// serve has what stands at an address show a chain.
func (w *world) serve(at string, chain ...[]byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.served[at] = chain
}

// all are the instances, the newest first.
func (w *world) all() []*durable.Instance {
	w.t.Helper()
	page, _, err := w.store.List(w.t.Context(), durable.Filter{})
	if err != nil {
		w.t.Fatal(err)
	}
	return page
}

// runs delivers messages until nothing is left to do, or as long as the clock stands
// before the time.
func (w *world) runs(until time.Duration) {
	w.t.Helper()
	end := w.clock.Now().Add(until)
	err := w.pump.Until(w.t.Context(), func() bool { return !w.clock.Now().Before(end) || w.pump.Queue.Len() == 0 }, 10000)
	if err != nil {
		w.t.Fatal(err)
	}
}

// only is the one instance, which must have ended as wanted.
func (w *world) only(status durable.RuntimeStatus, says string) *durable.Instance {
	w.t.Helper()
	list := w.all()
	if len(list) != 1 {
		w.t.Fatalf("%d instances, want 1", len(list))
	}
	w.ends(list[0], status, says)
	return list[0]
}

func (w *world) ends(inst *durable.Instance, status durable.RuntimeStatus, says string) {
	w.t.Helper()
	history, err := w.store.History(w.t.Context(), inst.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	text := inst.Custom.Message + " " + string(inst.Output)
	for _, e := range history {
		text += " " + e.Message
	}
	if inst.Status != status || !strings.Contains(text, says) {
		w.t.Errorf("the delivery is %s, want %s that says %q: %s", inst.Status, status, says, text)
	}
}

func (w *world) undelivered(hostname string) []string {
	w.t.Helper()
	r, err := w.records.Record(w.t.Context(), name(hostname))
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Undelivered
}

func reversed(chain [][]byte) [][]byte { return [][]byte{chain[1], chain[0]} }
