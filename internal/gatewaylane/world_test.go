package gatewaylane_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/fake"

	"certgate/internal/appgateway"
	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewaylane"
	"certgate/internal/issuance"
	"certgate/internal/memstore"
)

// world is a Runner with the lane and a flow that uses it, on a memory store, a
// clock that the pump moves, and a gateway behind HTTP.
type world struct {
	*testing.T
	arm    *appgatewaytest.Server
	clock  *durabletest.Clock
	store  *memstore.Store
	calls  *counted
	queue  *memstore.Queue
	runner *durable.Runner
	lane   *gatewaylane.Lane
	pump   *durabletest.Pump

	settings gatewaydoc.Settings
}

// wish is the input of the flow: one request to the lane.
type wish struct {
	Listener issuance.Listener
	Retire   bool
	Remarks  []string // that came with the answer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := appgatewaytest.Start(t)
	return newWorldOn(t, server, server.Options(), "gw", gatewaydoc.Settings{BackendPool: "web"})
}

func newWorldOn(t *testing.T, server *appgatewaytest.Server, options arm.ClientOptions, name string, settings gatewaydoc.Settings) *world {
	t.Helper()
	options.Retry.RetryDelay = time.Millisecond
	client, err := appgateway.New(appgateway.Config{SubscriptionID: "sub", ResourceGroup: "rg", Name: name, Credential: &fake.TokenCredential{}, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	clock := durabletest.NewClock()
	w := &world{T: t, arm: server, settings: settings, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now)}
	w.calls = &counted{Store: w.store, Mailbox: w.store}
	w.runner = durable.NewRunner(durable.Config{Store: w.calls, Queue: w.queue, Clock: clock.Now, Random: func() float64 { return 0.5 }})
	w.lane = gatewaylane.New(gatewaylane.Config{Gateway: client, Mail: w.calls, Starter: w.runner, Settings: settings})
	w.runner.Add(w.lane.Definition())
	w.runner.Add(durable.Flow[wish]{
		Name: "Install",
		Steps: []durable.Step[wish]{{Name: "Configure", Within: 6 * time.Hour, Run: func(ctx context.Context, t durable.Turn, s *wish) (durable.Outcome, error) {
			ask := func(ctx context.Context, t durable.Turn, l issuance.Listener) (done bool, err error) {
				done, s.Remarks, err = w.lane.Want(ctx, t, l)
				return done, err
			}
			if s.Retire {
				ask = func(ctx context.Context, t durable.Turn, l issuance.Listener) (bool, error) {
					return w.lane.Retire(ctx, t, l.Name, l.SecretID)
				}
			}
			done, err := ask(ctx, t, s.Listener)
			if err != nil || done {
				return durable.Done(), err
			}
			return durable.Park(), nil
		}}},
		Output: func(s *wish) any { return s.Remarks },
		Begin:  func(input json.RawMessage) (s wish, err error) { return s, json.Unmarshal(input, &s) },
	}.Define())
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: w.handle, Poison: w.runner.HandlePoison, RetryAfter: 30 * time.Second,
		OnError: func(m durable.Message, _ int, err error) { t.Logf("%s: %v", m.Step, err) }}
	return w
}

func (w *world) handle(ctx context.Context, m durable.Message, dequeues int) error {
	return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
}

func listener(i int) issuance.Listener {
	name := fmt.Sprintf("h%03d-example-edu", i)
	return issuance.Listener{Name: name, Hostname: fmt.Sprintf("h%03d.example.edu", i), SecretID: "https://v.vault.azure.net/secrets/" + name}
}

func parse(t testing.TB, raw []byte) *gatewaydoc.Document {
	t.Helper()
	doc, err := gatewaydoc.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// doc is the gateway's document as it is now.
func (w *world) doc() *gatewaydoc.Document {
	w.Helper()
	return parse(w.T, w.arm.Document())
}

// ask starts an instance for a wish.
func (w *world) ask(x wish) string {
	w.Helper()
	input, err := json.Marshal(x)
	if err != nil {
		w.Fatal(err)
	}
	id, _, err := w.runner.Start(w.Context(), durable.Start{Flow: "Install", Claim: fmt.Sprintf("install %d", w.clock.Now().UnixNano()) + string(input), Input: input})
	if err != nil {
		w.Fatal(err)
	}
	return id
}

// want starts n instances for the listeners 0 to n-1.
func (w *world) want(n int) []string {
	w.Helper()
	var ids []string
	for i := range n {
		ids = append(ids, w.ask(wish{Listener: listener(i)}))
	}
	return ids
}

// drain delivers everything.
func (w *world) drain() {
	w.Helper()
	if err := w.pump.Drain(w.Context(), 5000); err != nil {
		w.Fatalf("pump: %v", err)
	}
}

// until delivers messages until done.
func (w *world) until(done func() bool) {
	w.Helper()
	if err := w.pump.Until(w.Context(), done, 5000); err != nil {
		w.Fatalf("pump: %v", err)
	}
}

func (w *world) load(id string) *durable.Instance {
	w.Helper()
	inst, err := w.store.Load(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return inst
}

// wantCompleted checks that the instance is done and that its listener stands.
func (w *world) wantCompleted(i int, id string) {
	w.Helper()
	if inst := w.load(id); inst.Status != durable.Completed {
		w.Errorf("%s is %s: %s", listener(i).Hostname, inst.Status, inst.Custom.Message)
	} else if !w.doc().Has(listener(i), w.settings) {
		w.Errorf("%s is done and its listener does not stand", listener(i).Hostname)
	}
}

// wantFailed checks that the instance failed with the code and a text.
func (w *world) wantFailed(id, code string) string {
	w.Helper()
	inst := w.load(id)
	if inst.Status != durable.Failed || inst.Custom.Error != code {
		w.Errorf("instance is %s with code %q (%s), want Failed with %s", inst.Status, inst.Custom.Error, inst.Custom.Message, code)
	}
	return inst.Custom.Message
}

func (w *world) writes() int { return len(w.arm.Writes()) }

// laneID is the instance of the lane, "" if none is active.
func (w *world) laneID() string {
	w.Helper()
	page, err := w.store.Due(w.Context(), w.clock.Now().Add(1000*time.Hour), 1000)
	if err != nil {
		w.Fatal(err)
	}
	for _, id := range page {
		if w.load(id).Flow == gatewaylane.FlowName {
			return id
		}
	}
	return ""
}

// counted counts the calls of a store.
type counted struct {
	durable.Store
	durable.Mailbox
	n int
	// afterInbox runs once, when the next inbox has been read.
	afterInbox func()
	// shown may change what the inbox shows.
	shown func([]durable.Item)
}

func (c *counted) Create(ctx context.Context, i *durable.Instance, e durable.Event, mail ...durable.Item) error {
	c.n++
	return c.Store.Create(ctx, i, e, mail...)
}

func (c *counted) Load(ctx context.Context, id string) (*durable.Instance, error) {
	c.n++
	return c.Store.Load(ctx, id)
}

func (c *counted) Commit(ctx context.Context, i *durable.Instance, x durable.Change) error {
	c.n++
	return c.Store.Commit(ctx, i, x)
}

func (c *counted) Post(ctx context.Context, claim string, i durable.Item) error {
	c.n++
	return c.Mailbox.Post(ctx, claim, i)
}

func (c *counted) Item(ctx context.Context, claim, id string) (durable.Item, error) {
	c.n++
	return c.Mailbox.Item(ctx, claim, id)
}

func (c *counted) Inbox(ctx context.Context, claim string) ([]durable.Item, string, error) {
	c.n++
	items, mark, err := c.Mailbox.Inbox(ctx, claim)
	if f := c.afterInbox; f != nil {
		c.afterInbox = nil
		f()
	}
	if c.shown != nil {
		c.shown(items)
	}
	return items, mark, err
}
