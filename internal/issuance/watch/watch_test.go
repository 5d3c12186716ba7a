package watch_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
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
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/issuance/watch"
	"certgate/internal/memstore"
)

const aDay = 24 * time.Hour

// watchWorld is a gateway with many listeners, and the watchdog's hourly walks.
type watchWorld struct {
	t       *testing.T
	clock   *durabletest.Clock
	store   *memstore.Store
	queue   *memstore.Queue
	records *countedRecords
	runner  *durable.Runner
	pump    *durabletest.Pump
	key     *ecdsa.PrivateKey

	noAddress error
	told      []string // "kind hostname"
	alerts    []alert.Alert
	deaf      int // how many alerts are refused

	mu     sync.Mutex
	served map[string][]byte // by hostname; nil for no listener
	newest map[string][]byte // in the vault, by certificate
	silent map[string]bool   // hostnames without any answer; "" for all
	looks  int
}

type countedRecords struct {
	*managedtest.Records
	saves int
	race  func(r *managed.Record)
}

func (c *countedRecords) SaveRecord(ctx context.Context, r *managed.Record) error {
	c.saves++
	if c.race != nil {
		c.race(r)
	}
	return c.Records.SaveRecord(ctx, r)
}

func newWatchWorld(t *testing.T) *watchWorld {
	t.Helper()
	clock := durabletest.NewClock()
	w := &watchWorld{
		t: t, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now),
		records: &countedRecords{Records: managedtest.NewRecords()},
		served:  map[string][]byte{}, newest: map[string][]byte{}, silent: map[string]bool{},
	}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.runner.Add(watch.Certificates(watch.Ports{Records: w.records, Vault: w, Gateways: issuance.Gateways{{Name: issuance.DefaultGateway, Gateway: w}}, Probe: w, Alerts: w.alert}))
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: func(ctx context.Context, m durable.Message, dequeues int) error {
		return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}, Poison: w.runner.HandlePoison}
	return w
}

func (w *watchWorld) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, w.noAddress
}

func (w *watchWorld) ChallengeFile(context.Context, string, string, netip.Addr) (string, int, error) {
	return "", 0, errors.New("the watchdog has no business there")
}

func (w *watchWorld) ServedLeaf(_ context.Context, hostname string, addr netip.Addr) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if addr.Is6() {
		return nil, errors.New("no route to host")
	}
	w.looks++
	leaf, ok := w.served[hostname]
	switch {
	case w.silent[hostname], w.silent[""]:
		return nil, errors.New("connection timed out")
	case !ok:
		return nil, fmt.Errorf("handshake: %w", issuance.ErrNoListener)
	}
	return leaf, nil
}

func (w *watchWorld) Certificate(_ context.Context, name string) (issuance.VaultCertificate, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	leaf, ok := w.newest[name]
	if !ok {
		return issuance.VaultCertificate{}, issuance.ErrGone
	}
	return issuance.VaultCertificate{Name: name, Leaf: leaf}, nil
}

func (w *watchWorld) alert(_ context.Context, a alert.Alert) error {
	if w.deaf > 0 {
		w.deaf--
		return errors.New("storage is away")
	}
	w.told = append(w.told, strings.TrimSpace(string(a.Kind)+" "+a.Hostname))
	w.alerts = append(w.alerts, a)
	return nil
}

// leaf makes a certificate that is valid for 90 days from the given time.
func (w *watchWorld) leaf(hostname string, from time.Time) []byte {
	w.t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(from.Unix()), DNSNames: []string{hostname}, NotBefore: from, NotAfter: from.Add(90 * aDay)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, w.key.Public(), w.key)
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// manages a healthy certificate that is 30 days old and served.
func (w *watchWorld) manages(hostname string) (leaf []byte) {
	w.t.Helper()
	from, name := w.clock.Now().Add(-30*aDay), strings.ReplaceAll(hostname, ".", "-")
	leaf = w.leaf(hostname, from)
	w.served[hostname], w.newest[name] = leaf, leaf
	err := w.records.SaveRecord(w.t.Context(), &managed.Record{
		Name: name, Hostnames: []string{hostname}, Thumbprint: managed.SHA1Thumbprint(leaf),
		NotBefore: from, NotAfter: from.Add(90 * aDay), Served: managed.ServedCurrent, ServedAt: w.clock.Now(), LastInstance: "0123",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return leaf
}

func (w *watchWorld) record(hostname string) *managed.Record {
	w.t.Helper()
	r, err := w.records.Record(w.t.Context(), strings.ReplaceAll(hostname, ".", "-"))
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// walk lets hours pass, with one walk at the end of each, and returns what was told.
func (w *watchWorld) walk(hours int) (told []string) {
	w.t.Helper()
	w.told = nil
	for range hours {
		w.clock.Advance(time.Hour)
		id, _, err := w.runner.Start(w.t.Context(), durable.Start{Flow: watch.Flow, Claim: watch.Claim, Input: json.RawMessage(`{}`)})
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.pump.Drain(w.t.Context(), 5000); err != nil {
			w.t.Fatal(err)
		}
		if inst, err := w.store.Load(w.t.Context(), id); err != nil || inst.Status != durable.Completed {
			w.t.Fatalf("the walk: %+v, %v", inst, err)
		}
	}
	return w.told
}

func (w *watchWorld) wants(hours int, want ...string) {
	w.t.Helper()
	if told := w.walk(hours); !slices.Equal(told, want) {
		w.t.Errorf("told %q, want %q", told, want)
	}
}

const watched = "shop.example.com"

func TestWhatIsWrongIsToldOnceAndThatItIsOverToo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		wrong func(w *watchWorld)
		right func(w *watchWorld, leaf []byte)
		kind  string
		seen  managed.Served
	}{
		{"no listener", func(w *watchWorld) { delete(w.served, watched) }, func(w *watchWorld, leaf []byte) { w.served[watched] = leaf }, "notServed", managed.ServedNone},
		{"a certificate of somebody else", func(w *watchWorld) { w.served[watched] = w.leaf("other.example.com", w.clock.Now()) }, func(w *watchWorld, leaf []byte) { w.served[watched] = leaf }, "notServed", managed.ServedOther},
		{"the wildcard of another listener", func(w *watchWorld) { w.served[watched] = w.leaf("*.example.com", w.clock.Now().Add(-60*aDay)) }, func(w *watchWorld, leaf []byte) { w.served[watched] = leaf }, "notServed", managed.ServedOther},
		{"a version of before", func(w *watchWorld) { w.served[watched] = w.leaf(watched, w.clock.Now().Add(-60*aDay)) }, func(w *watchWorld, leaf []byte) { w.served[watched] = leaf }, "notServed", managed.ServedPrevious},
		{"no answer, again and again", func(w *watchWorld) { w.silent[watched] = true }, func(w *watchWorld, _ []byte) { delete(w.silent, watched) }, "notServed", managed.ServedNone},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWatchWorld(t)
			w.pump.Twice = true
			leaf := w.manages(watched)
			w.manages("fine.example.com")
			w.wants(6)
			c.wrong(w)
			w.wants(7, c.kind+" "+watched) // within 6 hours, and an hour more to be sure
			if r := w.record(watched); r.Served != c.seen || r.Alarm != managed.StandingNotServed {
				t.Errorf("record %+v", r)
			}
			if a := w.alerts[0]; a.Certificate != "shop-example-com" || a.Message == "" || a.Instance != "0123" || a.At.IsZero() {
				t.Errorf("alert %+v", a)
			}
			w.wants(30)
			c.right(w, leaf)
			w.wants(1, "recovered "+watched) // what is wrong is looked at in each walk
			w.wants(30)
		})
	}
}

func TestARenewalThatDoesNotHappenIsToldWithoutTheRenewer(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	w.wants(33*24 - 1)
	w.wants(2, "overdue "+watched)
	w.wants(26 * 24)
	w.wants(2*24, "overdue "+watched) // expired: worse than before, so it is told again
	if message := w.alerts[1].Message; !strings.Contains(message, "expired") {
		t.Errorf("told %q", message)
	}
}

func TestAPassingFaultOfTheNetworkIsNoAlarm(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	w.wants(6)
	w.silent[""] = true
	for w.record(watched).Served == managed.ServedCurrent {
		w.wants(1)
	}
	delete(w.silent, "")
	w.wants(12)
	if r := w.record(watched); r.Served != managed.ServedCurrent {
		t.Errorf("served %s", r.Served)
	}
	// What was wrong before is not mended by a gateway that does not answer.
	w.served[watched] = w.leaf("other.example.com", w.clock.Now())
	w.wants(7, "notServed "+watched)
	w.silent[""] = true
	w.wants(30)
}

func TestAVersionThatSomebodyElsePutIntoTheVaultIsTheCurrentOne(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	replaced := w.leaf(watched, w.clock.Now())
	w.served[watched], w.newest["shop-example-com"] = replaced, replaced
	w.wants(24)
	if r := w.record(watched); r.Served != managed.ServedCurrent {
		t.Errorf("served %s", r.Served)
	}
}

func TestWithoutTheGatewaysAddressTheOverdueAreToldAllTheSame(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	delete(w.served, watched)
	w.noAddress = errors.New("ARM is away")
	w.clock.Advance(34 * aDay)
	w.wants(1, "overdue "+watched)
	if w.looks != 0 {
		t.Errorf("%d looks", w.looks)
	}
}

func TestAnAlertThatCouldNotBeHandedOverIsToldAgain(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	w.clock.Advance(34 * aDay)
	w.deaf = 1
	w.wants(1, "overdue "+watched)
	w.clock.Advance(30 * aDay)
	w.deaf = 1000
	w.wants(1)
	w.deaf = 0
	w.wants(1, "overdue "+watched)
}

func TestARetiredCertificateIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	delete(w.served, watched)
	r := w.record(watched)
	r.Retired, r.Alarm = true, managed.StandingNotServed
	if err := w.records.SaveRecord(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	w.wants(100 * 24)
	if r := w.record(watched); r.Alarm != "" || w.looks != 0 {
		t.Errorf("%d looks, alarm %q", w.looks, r.Alarm)
	}
}

func TestARenewalThatRunsMeanwhileKeepsItsRecord(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	w.manages(watched)
	w.clock.Advance(34 * aDay)
	w.records.race = func(*managed.Record) {
		w.records.race = nil
		renewed := w.record(watched)
		renewed.Version, renewed.NotBefore, renewed.NotAfter = "v2", w.clock.Now(), w.clock.Now().Add(90*aDay)
		if err := w.records.Records.SaveRecord(t.Context(), renewed); err != nil {
			t.Error(err)
		}
	}
	w.wants(1, "overdue "+watched)
	if r := w.record(watched); r.Version != "v2" || r.Alarm != "" {
		t.Errorf("record %+v", r)
	}
}

func TestHundredsAreWatchedAtASmallPrice(t *testing.T) {
	t.Parallel()
	w := newWatchWorld(t)
	leaf := w.leaf(watched, w.clock.Now())
	for i := range 300 {
		host := fmt.Sprintf("h%03d.example.com", i)
		w.served[host] = leaf
		err := w.records.Records.SaveRecord(t.Context(), &managed.Record{
			Name: strings.ReplaceAll(host, ".", "-"), Hostnames: []string{host}, Thumbprint: managed.SHA1Thumbprint(leaf),
			NotBefore: w.clock.Now(), NotAfter: w.clock.Now().Add(90 * aDay), Served: managed.ServedCurrent, ServedAt: w.clock.Now(),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.wants(12)
	if w.records.saves != 0 {
		t.Errorf("%d records were stored while nothing changed", w.records.saves)
	}
	if perHour := w.looks / 12; perHour != 50 {
		t.Errorf("%d looks an hour, want a sixth of 300", perHour)
	}

	// The whole gateway breaks: some are named, the rest is one sentence.
	w.mu.Lock()
	w.served = map[string][]byte{}
	w.mu.Unlock()
	told := w.walk(7)
	named, rest := 0, 0
	for _, what := range told {
		if what == "notServed" {
			rest++
		} else {
			named++
		}
	}
	if named > 7*20 || named < 20 || rest == 0 || rest > 7 { // a walk names 20
		t.Errorf("%d alerts with a name and %d without", named, rest)
	}
	if !strings.Contains(w.alerts[len(w.alerts)-1].Message+w.alerts[20].Message, "more certificates are not served") {
		t.Errorf("alert %q", w.alerts[20].Message)
	}
}
