package takeover_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/issuance/takeover"
	"certgate/internal/memstore"
)

const vaultURL = "https://v.vault.azure.net"

// world is a gateway with listeners, the vault behind it, and the flows.
type world struct {
	t       *testing.T
	clock   *durabletest.Clock
	records *managedtest.Records
	store   *memstore.Store
	runner  *durable.Runner
	pump    *durabletest.Pump
	ports   takeover.Ports

	found   map[string]inventory.Found
	ingress bool
	certs   map[string]*issuance.VaultCertificate
	served  map[string][]byte
	issuer  string
	busy    func() bool
	appears func() // between a change of the tags and the look after it
	points  []issuance.Pointing
	refuses error
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, records: managedtest.NewRecords(), found: map[string]inventory.Found{}, certs: map[string]*issuance.VaultCertificate{}, served: map[string][]byte{}}
	queue := memstore.NewQueue(clock.Now)
	w.store = memstore.New(clock.Now)
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.ports = takeover.Ports{Surveyor: w, Vault: w, Records: w.records, Probe: w, Lane: w}
	w.runner.Add(takeover.Listener(w.ports))
	w.runner.Add(takeover.GiveBack(w.ports))
	w.runner.Add(takeover.Unpin(w.ports))
	w.pump = &durabletest.Pump{Queue: queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}, Poison: w.runner.HandlePoison}
	return w
}

func nameOf(hostname string) string { return strings.ReplaceAll(hostname, ".", "-") }

func (w *world) leaf(hostname string) []byte {
	w.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	now := w.clock.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname}, NotBefore: now, NotAfter: now.Add(90 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// adds puts a listener on the gateway whose certificate is in the vault, and is served.
func (w *world) adds(hostname string, tags map[string]string) {
	w.t.Helper()
	name := nameOf(hostname)
	w.found[name] = inventory.Found{Kind: inventory.KindListener, Name: name, Collection: "httpListeners", Hostnames: []string{hostname}, Port: 443, Public: true, Entry: name + "-entry", SecretID: vaultURL + "/secrets/" + name}
	w.renews(hostname, tags)
}

func (w *world) renews(hostname string, tags map[string]string) {
	name, version := nameOf(hostname), "v1"
	if before := w.certs[name]; before != nil {
		version = before.Version + "1"
	}
	w.certs[name] = &issuance.VaultCertificate{Name: name, Version: version, SecretID: vaultURL + "/secrets/" + name, Leaf: w.leaf(hostname), Tags: maps.Clone(tags), Enabled: true}
	w.served[hostname] = w.certs[name].Leaf
}

// Afresh implements takeover.Surveyor.
func (w *world) Afresh(_ context.Context, now time.Time, listeners []string) (rows []*inventory.Stored, ingress bool, err error) {
	for _, name := range listeners {
		f, ok := w.found[name]
		if !ok {
			continue
		}
		r := inventory.NewRow(f, true, vaultURL)
		r.Addresses = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
		if c := w.certs[name]; c != nil && f.SecretID != "" {
			r.Learn(inventory.VaultFacts{Leaf: c.Leaf, Created: now, Tags: maps.Clone(c.Tags), Issuer: w.issuer, Action: "AutoRenew"}, nil)
		}
		for _, host := range f.Hostnames {
			if leaf := w.served[host]; leaf != nil {
				r.Served = r.See(r.Served, host, [][]byte{leaf}, now)
			}
		}
		if record, err := w.records.Record(context.Background(), name); err == nil && !record.Retired {
			r.ManagedCertificate, r.Adopted = name, record.Adopted != nil
		}
		r.Judge(now)
		rows = append(rows, r)
	}
	return rows, w.ingress, nil
}

// Certificate implements takeover.Vault.
func (w *world) Certificate(_ context.Context, name string) (issuance.VaultCertificate, error) {
	c := w.certs[name]
	if c == nil {
		return issuance.VaultCertificate{}, issuance.ErrGone
	}
	out := *c
	out.Tags = maps.Clone(c.Tags)
	return out, nil
}

// AtWork implements takeover.Vault.
func (w *world) AtWork(context.Context, string) (bool, error) { return w.busy != nil && w.busy(), nil }

// OurTags implements takeover.Vault.
func (w *world) OurTags(tags map[string]string, hostnames []string) (map[string]string, bool) {
	ours := map[string]string{"Hostname": hostnames[0], "ManagedBy": "certgate"}
	foreign := inventory.ManagerTags(tags)
	for name, value := range tags {
		if !strings.Contains(fmt.Sprint(foreign), name) {
			ours[name] = value
		}
	}
	return ours, len(ours) <= 15
}

// SetTags implements takeover.Vault.
func (w *world) SetTags(_ context.Context, name, version string, tags map[string]string) error {
	c := w.certs[name]
	if c == nil {
		return issuance.ErrGone
	}
	if c.Version == version {
		c.Tags = maps.Clone(tags)
	}
	if w.appears != nil {
		w.appears()
		w.appears = nil
	}
	return nil
}

// ServedChainAt implements takeover.Probe.
func (w *world) ServedChainAt(_ context.Context, hostname string, _ netip.AddrPort) ([][]byte, error) {
	if leaf := w.served[hostname]; leaf != nil {
		return [][]byte{leaf}, nil
	}
	return nil, errors.New("nothing is served")
}

// Point implements issuance.Pointer: at once.
func (w *world) Point(_ context.Context, _ durable.Turn, p issuance.Pointing) (bool, error) {
	if w.refuses != nil {
		return false, w.refuses
	}
	for name, f := range w.found {
		if f.Entry == p.Entry && p.SecretID != "" && f.SecretID != p.SecretID {
			f.SecretID = p.SecretID
			w.found[name] = f
			w.points = append(w.points, p)
		}
	}
	for _, name := range p.Listeners {
		if f := w.found[name]; f.Entry != p.Entry {
			f.Entry = p.Entry
			w.found[name] = f
			w.points = append(w.points, p)
		}
	}
	return true, nil
}

func (w *world) takes(hostname string, wish takeover.Wish) *durable.Instance {
	w.t.Helper()
	start, err := issuance.TakeOverListener(issuance.TakeOverInput{Listener: nameOf(hostname), Hostnames: []issuance.InputHostname{{Hostname: hostname}}, How: string(wish.How), AcceptDomainValidated: wish.AcceptDomainValidated})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.runs(start)
}

func (w *world) runs(start durable.Start) *durable.Instance {
	w.t.Helper()
	id, _, err := w.runner.Start(w.t.Context(), start)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.pump.Drain(w.t.Context(), 10000); err != nil {
		w.t.Fatal(err)
	}
	inst, err := w.store.Load(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return inst
}

func (w *world) record(hostname string) *managed.Record {
	w.t.Helper()
	r, err := w.records.Record(w.t.Context(), nameOf(hostname))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}
