package cagate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"sync"
	"testing"

	"certgate/internal/acmeca"
	"certgate/internal/acmeca/acmecatest"
	"certgate/internal/cagate"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/memstore"
)

// world is two machines that issue certificates: each with a Runner, an ACME
// client and a gate of its own, on one store and one queue. The flow is the real
// one; it ends in the vault, which refuses.
type world struct {
	t        *testing.T
	clock    *durabletest.Clock
	store    *memstore.Store
	queue    *memstore.Queue
	ca       *limitedCA
	machines []*durable.Runner
	gates    []*cagate.Gate
	traffic  *traffic
	pump     *durabletest.Pump
	next     int // counts deliveries: machines take turns
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now), ca: startLimitedCA(t, clock.Now)}
	w.traffic = &traffic{Documents: w.store}
	account, public := &acmecatest.Secret{}, &site{}
	for range 2 {
		ca := acmeca.New(acmeca.Config{Endpoint: w.ca.URL, Accounts: account, Locks: w.store, Transport: w.ca.Client().Transport, Clock: clock.Now})
		gate := cagate.New(cagate.Config{Documents: w.traffic, Authority: w.ca.URL, Clock: clock.Now, Random: func() float64 { return 0.5 }})
		w.gates = append(w.gates, gate)
		w.machines = append(w.machines, durable.NewRunner(durable.Config{
			Store: w.store, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 },
			Flows: []durable.Definition{issuance.AddCertificate(issuance.Ports{
				Authorities: issuancetest.Only(issuance.Authority{Orders: gate.Orders(ca), Authorizations: gate.Authorizations(ca)}),
				Vault:       fullVault{}, Files: public, Resolver: resolver{}, Probe: public, Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: gateway{}, Lane: lane{}}},
			})},
		}))
	}
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		w.next++
		return w.machines[w.next%2].Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}}
	return w
}

func (w *world) start(hostname string) (id string) {
	w.t.Helper()
	input, err := json.Marshal(issuance.Input{Hostnames: []issuance.InputHostname{{Hostname: hostname}}})
	if err != nil {
		w.t.Fatal(err)
	}
	id, existing, err := w.machines[0].Start(w.t.Context(), durable.Start{Flow: issuance.FlowAddCertificate, Claim: issuance.Claim(hostname), Input: input})
	if err != nil || existing {
		w.t.Fatalf("start %s: existing %t, %v", hostname, existing, err)
	}
	return id
}

func (w *world) load(id string) *durable.Instance {
	w.t.Helper()
	inst, err := w.store.Load(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return inst
}

// until delivers messages until done.
func (w *world) until(done func() bool) {
	w.t.Helper()
	if err := w.pump.Until(w.t.Context(), done, 20000); err != nil {
		w.t.Fatal(err)
	}
}

// waiting delivers messages until the instance waits in the order step.
func (w *world) waiting(id string) *durable.Instance {
	w.t.Helper()
	w.until(func() bool { i := w.load(id); return i.Step == "GetAcmeOrderStep" && i.WaitingFor != "" })
	return w.load(id)
}

// finish delivers messages until the instance has ended.
func (w *world) finish(id string) *durable.Instance {
	w.t.Helper()
	w.until(func() bool { return w.load(id).Status.Ended() })
	return w.load(id)
}

// traffic counts what the gates read, and what they write with success.
type traffic struct {
	cagate.Documents
	mu            sync.Mutex
	reads, writes int
}

func (c *traffic) Document(ctx context.Context, name string) ([]byte, string, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Documents.Document(ctx, name)
}

func (c *traffic) PutDocument(ctx context.Context, name string, body []byte, version string) (string, error) {
	version, err := c.Documents.PutDocument(ctx, name, body, version)
	if err == nil {
		c.mu.Lock()
		c.writes++
		c.mu.Unlock()
	}
	return version, err
}

// The rest of the world is as it should be, up to the vault.

var publicIP = netip.MustParseAddr("192.0.2.1")

type gateway struct{}

func (gateway) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{publicIP}, nil
}

type resolver struct{}

func (resolver) Addresses(context.Context, string) (issuance.Addresses, error) {
	return issuance.Addresses{IPs: []netip.Addr{publicIP}}, nil
}

func (resolver) View(context.Context, string) (string, bool) { return "", false }

func (resolver) CAA(context.Context, string) (caa.Records, error) {
	return caa.Records{}, nil
}

// site is the public place of validation files, and who looks at it: where the
// authority sees something else, it looks from somewhere else.
type site struct {
	issuance.Probe
	files sync.Map
}

func (s *site) Put(_ context.Context, token, content string) error {
	s.files.Store(token, content)
	return nil
}

func (s *site) Delete(context.Context, string) error { return nil }

func (s *site) ChallengeFile(_ context.Context, _, token string, _ netip.Addr) (string, int, error) {
	content, _ := s.files.Load(token)
	text, _ := content.(string)
	return text, 200, nil
}

type fullVault struct{ issuance.Vault }

func (fullVault) PendingCSR(context.Context, issuance.CertificateRequest) ([]byte, error) {
	return nil, &durable.Failure{Code: issuance.CodeVaultAccessDenied, Message: "This far and no further."}
}

func (fullVault) Under(_ context.Context, r issuance.CertificateRequest) (issuance.VaultCertificate, error) {
	return issuance.VaultCertificate{Name: r.Name}, nil
}

func (fullVault) KeyType(issuance.CertificateRequest) string { return "EC-P256" }

func (fullVault) Owns(issuance.VaultCertificate) bool { return false }

func (fullVault) DiscardPending(context.Context, string, []string) error { return nil }

func hostnames(n int, domain string) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("h%d.%s", i, domain))
	}
	return list
}

// lane is for flows that never get as far as the gateway.
type lane struct{ issuance.Lane }

func (lane) Announce(durable.Turn) {}

func (lane) Fits(context.Context, issuance.Listener) error { return nil }
