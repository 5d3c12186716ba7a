package survey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"certgate/internal/alert"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/inventory"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/issuance/survey"
	"certgate/internal/memstore"
	"certgate/internal/secretid"
)

const (
	aDay  = 24 * time.Hour
	vault = "https://v.vault.azure.net"
)

// world is a gateway with listeners of many makers, their vault, and hourly walks.
type world struct {
	t       *testing.T
	clock   *durabletest.Clock
	rows    *inventorytest.Rows
	records *managedtest.Records
	store   *memstore.Store
	runner  *durable.Runner
	pump    *durabletest.Pump
	key     *ecdsa.PrivateKey

	told []alert.Alert
	deaf int

	mu        sync.Mutex
	gateway   inventory.Gateway
	vault     map[string]inventory.VaultFacts // by the secret's name
	served    map[string][]byte               // by hostname
	silent    bool
	documents int
	addresses int
	reads     []string
	histories int
	looks     int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, rows: &inventorytest.Rows{}, records: managedtest.NewRecords(),
		gateway: inventory.Gateway{Identity: true}, vault: map[string]inventory.VaultFacts{}, served: map[string][]byte{}}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	queue := memstore.NewQueue(clock.Now)
	w.store = memstore.New(clock.Now)
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.runner.Add(survey.Listeners(survey.Ports{Records: w.records, Rows: w.rows, Gateway: w, Vaults: w, Probe: w, OwnVault: vault, Alerts: w.alert}))
	w.pump = &durabletest.Pump{Queue: queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}, Poison: w.runner.HandlePoison}
	return w
}

func (w *world) Inventory(context.Context) (inventory.Gateway, error) {
	w.documents++
	return w.gateway, nil
}

func (w *world) PublicAddress(_ context.Context, id string) (netip.Addr, error) {
	w.addresses++
	return netip.MustParseAddr("192.0.2.1"), nil
}

func (w *world) Facts(_ context.Context, id secretid.ID) (inventory.VaultFacts, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reads = append(w.reads, id.Name)
	facts, ok := w.vault[id.Name]
	if !ok {
		return inventory.VaultFacts{Trouble: inventory.Gone}, nil
	}
	return facts, nil
}

func (w *world) Versions(context.Context, secretid.ID) ([]inventory.Version, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.histories++
	return nil, nil
}

func (w *world) ServedChainAt(_ context.Context, hostname string, _ netip.AddrPort) ([][]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looks++
	if w.silent {
		return nil, errors.New("connection timed out")
	}
	leaf, ok := w.served[hostname]
	if !ok {
		return nil, fmt.Errorf("handshake: %w", issuance.ErrNoListener)
	}
	return [][]byte{leaf}, nil
}

func (w *world) alert(_ context.Context, a alert.Alert) error {
	if w.deaf > 0 {
		w.deaf--
		return errors.New("the queue is away")
	}
	w.told = append(w.told, a)
	return nil
}

// walk runs hourly walks and returns what was told of: "kind hostname".
func (w *world) walk(hours int) (told []string) {
	w.t.Helper()
	w.told = nil
	for range hours {
		w.clock.Advance(time.Hour)
		id, _, err := w.runner.Start(w.t.Context(), survey.Start())
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.pump.Drain(w.t.Context(), 1000); err != nil {
			w.t.Fatal(err)
		}
		if inst, err := w.store.Load(w.t.Context(), id); err != nil || inst.Status != durable.Completed {
			w.t.Fatalf("the walk: %+v, %v", inst, err)
		}
	}
	for _, a := range w.told {
		told = append(told, strings.TrimSpace(string(a.Kind)+" "+a.Hostname))
	}
	slices.Sort(told)
	return told
}

func (w *world) wants(hours int, want ...string) {
	w.t.Helper()
	if told := w.walk(hours); !slices.Equal(told, want) {
		w.t.Errorf("told %q, want %q", told, want)
	}
}

func (w *world) leaf(hostname string, from time.Time, life time.Duration) []byte {
	w.t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(from.UnixNano()), Subject: pkix.Name{CommonName: hostname}, DNSNames: []string{hostname}, NotBefore: from, NotAfter: from.Add(life)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, w.key.Public(), w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// adds puts a listener on the gateway whose certificate of 90 days is in the vault, and
// is served.
func (w *world) adds(hostname string, tags map[string]string) inventory.Found {
	name := strings.ReplaceAll(hostname, ".", "-")
	f := inventory.Found{Kind: inventory.KindListener, Name: name, Collection: "httpListeners", Hostnames: []string{hostname}, Port: 443, Public: true, PublicIP: "/ip", Entry: name,
		SecretID: vault + "/secrets/" + name}
	w.gateway.Found = append(w.gateway.Found, f)
	w.renews(hostname, tags)
	return f
}

// renews makes a new version in the vault, which the gateway serves at once.
func (w *world) renews(hostname string, tags map[string]string) {
	leaf := w.leaf(hostname, w.clock.Now(), 90*aDay)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.vault[strings.ReplaceAll(hostname, ".", "-")] = inventory.VaultFacts{Leaf: leaf, Created: w.clock.Now(), Tags: tags, Issuer: "Unknown"}
	w.served[hostname] = leaf
}

func (w *world) row(name string) *inventory.Stored {
	w.t.Helper()
	r, err := w.rows.Row(w.t.Context(), inventory.KindListener, "httpListeners", name)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// der is a bare certificate as old gateways show an upload.
func der(leaf []byte) string { return base64.StdEncoding.EncodeToString(leaf) }
