package issuancetest

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
)

// World is a Runner with the flows of one certificate, on memory stores and a
// clock that the pump moves.
type World struct {
	*testing.T
	Clock   *durabletest.Clock
	Store   *memstore.Store
	Queue   *memstore.Queue
	Records *CountedRecords
	CA      *CA // the default issuer, and the only one until others are added
	Issuers *Issuers
	Vault   *Vault
	Gateway *Gateway
	others  issuance.Gateways
	// DNS is nil without DNS accounts. Whoever sets it adds the flows again.
	DNS issuance.ChallengeDNS
	// Targets is nil where nothing but the gateway serves. Whoever sets it adds the flows
	// again.
	Targets issuance.Targets
	// Fronts is as Targets.
	Fronts issuance.Fronts
	Runner *durable.Runner
	Pump   *durabletest.Pump
}

// NewWorld makes an empty world.
func NewWorld(t *testing.T) *World {
	t.Helper()
	clock := durabletest.NewClock()
	w := &World{T: t, Clock: clock, Store: memstore.New(clock.Now), Queue: memstore.NewQueue(clock.Now), Records: &CountedRecords{Records: managedtest.NewRecords()}}
	w.Vault = newVault()
	w.Gateway = newGateway(clock.Now, w.Vault)
	w.CA = newCA("ca.example", clock.Now, w.Gateway.fetch)
	w.Issuers = Only(issuance.Authority{Orders: w.CA, Authorizations: w.CA, Revoker: w.CA})
	w.Runner = durable.NewRunner(durable.Config{Store: w.Store, Queue: w.Queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.Runner.Add(issuance.AddCertificate(w.Ports()))
	w.Runner.Add(issuance.RenewCertificate(w.Ports()))
	w.Pump = &durabletest.Pump{Queue: w.Queue, Clock: clock, Poison: w.Runner.HandlePoison, RetryAfter: 30 * time.Second,
		Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
			return w.Runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
		}}
	return w
}

// AddIssuer adds an authority, the last in the order of preference. Its own name is
// name.example.
func (w *World) AddIssuer(name string) *CA {
	ca := newCA(name+".example", w.Clock.Now, w.Gateway.fetch)
	w.Issuers.Add(name, ca)
	return ca
}

// AddGateway adds a gateway. Public DNS leads to the first one alone, and so do looks at
// validation files; what it serves is told apart by its address. Whoever adds one adds the
// flows again.
func (w *World) AddGateway(name string) *Gateway {
	g := newGateway(w.Clock.Now, w.Vault)
	g.address = netip.MustParseAddr(fmt.Sprintf("203.0.113.%d", 8+len(w.others)))
	w.Gateway.beside = append(w.Gateway.beside, g)
	w.others = append(w.others, issuance.AppGateway{Name: name, Gateway: g, Lane: g, Listeners: g})
	return g
}

// Ports are the world as the flows see it.
func (w *World) Ports() issuance.Ports {
	return issuance.Ports{
		Authorities: w.Issuers, Vault: w.Vault, Files: w.Gateway, Resolver: w.Gateway,
		Probe: w.Gateway, Gateways: append(issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: w.Gateway, Lane: w.Gateway, Listeners: w.Gateway}}, w.others...), Records: w.Records, DNS: w.DNS, Targets: w.Targets, Fronts: w.Fronts,
	}
}

// AddAll starts the issue of one certificate.
func (w *World) AddAll(wanted ...issuance.Wanted) string {
	w.Helper()
	start, err := issuance.AddAll(issuance.AddInput{Hostnames: wanted})
	if err != nil {
		w.Fatal(err)
	}
	return w.Start(start)
}

// Add starts the issue of a hostname's certificate.
func (w *World) Add(hostname string) string {
	w.Helper()
	start, err := issuance.Add(hostname)
	if err != nil {
		w.Fatal(err)
	}
	return w.Start(start)
}

// Start starts an instance.
func (w *World) Start(s durable.Start) string {
	w.Helper()
	id, _, err := w.Runner.Start(w.Context(), s)
	if err != nil {
		w.Fatalf("start %s: %v", s.Flow, err)
	}
	return id
}

// Drain delivers until nothing is left to deliver.
func (w *World) Drain() {
	w.Helper()
	if err := w.Pump.Drain(w.Context(), 20000); err != nil {
		w.Fatalf("pump: %v", err)
	}
}

// RunTo delivers what is due until the time and puts the clock there.
func (w *World) RunTo(at time.Time) {
	w.Helper()
	err := w.Pump.Until(w.Context(), func() bool {
		next, ok := w.Queue.NextVisible()
		return !ok || next.After(at)
	}, 20000)
	if err != nil && !errors.Is(err, durabletest.ErrDry) {
		w.Fatalf("pump: %v", err)
	}
	w.Clock.AdvanceTo(at)
}

// Instance reads an instance.
func (w *World) Instance(id string) *durable.Instance {
	w.Helper()
	inst, err := w.Store.Load(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return inst
}

// History is the text of an instance's history, a line for each turn.
func (w *World) History(id string) (text string) {
	w.Helper()
	events, err := w.Store.History(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		text += e.Kind + " " + e.Step + " " + e.Code + " " + e.Message + "\n"
	}
	return text
}

// Record reads a record.
func (w *World) Record(name string) *managed.Record {
	w.Helper()
	r, err := w.Records.Record(w.Context(), name)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// Served is the certificate that the gateway serves for a hostname now.
func (w *World) Served(hostname string) *x509.Certificate {
	w.Helper()
	der, err := w.Gateway.ServedLeaf(w.Context(), hostname, address)
	if err != nil {
		w.Fatalf("%s is not served: %v", hostname, err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		w.Fatal(err)
	}
	return leaf
}

// Instances are those of a flow, oldest first.
func (w *World) Instances(flow string) (found []*durable.Instance) {
	w.Helper()
	page, _, err := w.Store.List(w.Context(), durable.Filter{Top: 1000})
	if err != nil {
		w.Fatal(err)
	}
	for i := len(page) - 1; i >= 0; i-- {
		if page[i].Flow == flow {
			found = append(found, page[i])
		}
	}
	return found
}
