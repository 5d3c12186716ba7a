package durable_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
)

// trip is the state of the test flow: what it did, in order.
type trip struct {
	Done []string `json:"done"`
}

// world is one Runner on a memory store and the queue's host.
type world struct {
	t      *testing.T
	clock  *durabletest.Clock
	store  *memstore.Store
	queue  *memstore.Queue
	runner *durable.Runner
	pump   *durabletest.Pump
}

func newWorld(t *testing.T, flow durable.Flow[trip]) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now)}
	w.rebuild(flow, w.store)
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: w.handle, Poison: func(ctx context.Context, m durable.Message) error {
		return w.runner.HandlePoison(ctx, m)
	}}
	return w
}

// rebuild makes a Runner for the flow that reaches the world's store through the
// given one, as a process does that starts.
func (w *world) rebuild(flow durable.Flow[trip], store durable.Store) {
	if flow.Begin == nil {
		flow.Begin = func(json.RawMessage) (trip, error) { return trip{}, nil }
	}
	flow.Name, flow.Finished = "Trip", "Arrived."
	flow.Subject = func(*trip) string { return "example.com" }
	w.runner = durable.NewRunner(durable.Config{
		Store: store, Queue: w.queue, Clock: w.clock.Now,
		Random: func() float64 { return 0.5 },
		Flows:  []durable.Definition{flow.Define()},
	})
}

func (w *world) handle(ctx context.Context, m durable.Message, dequeues int) error {
	return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1, Count: dequeues})
}

func (w *world) start(claim string) string {
	w.t.Helper()
	id, _, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: claim, Input: json.RawMessage(`{}`)})
	if err != nil {
		w.t.Fatalf("start: %v", err)
	}
	return id
}

func (w *world) load(id string) *durable.Instance {
	w.t.Helper()
	inst, err := w.store.Load(context.Background(), id)
	if err != nil {
		w.t.Fatalf("load: %v", err)
	}
	return inst
}

// finish pumps until the instance has ended and the queue is empty.
func (w *world) finish(id string) *durable.Instance {
	w.t.Helper()
	if err := w.pump.Drain(context.Background(), 500); err != nil {
		w.t.Fatalf("pump: %v", err)
	}
	inst := w.load(id)
	if !inst.Status.Ended() {
		w.t.Fatalf("instance is %s in step %s after the queue ran dry", inst.Status, inst.Step)
	}
	return inst
}

func (w *world) kinds(id string) string {
	w.t.Helper()
	events, err := w.store.History(context.Background(), id)
	if err != nil {
		w.t.Fatalf("history: %v", err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// visit is a step that notes its name and goes on.
func visit(name string) durable.Step[trip] {
	return durable.Step[trip]{Name: name, Says: "Visiting {hostname}.", Run: func(_ context.Context, _ durable.Turn, s *trip) (durable.Outcome, error) {
		s.Done = append(s.Done, name)
		return durable.Done(), nil
	}}
}

// does is a step that runs f.
func does(name string, f func(t durable.Turn, s *trip) (durable.Outcome, error)) durable.Step[trip] {
	return durable.Step[trip]{Name: name, Says: "Doing it for {hostname}.", Run: func(_ context.Context, t durable.Turn, s *trip) (durable.Outcome, error) {
		return f(t, s)
	}}
}

func steps(s ...durable.Step[trip]) durable.Flow[trip] { return durable.Flow[trip]{Steps: s} }

func visited(t *testing.T, inst *durable.Instance) string {
	t.Helper()
	var s trip
	if err := json.Unmarshal(inst.State, &s); err != nil {
		t.Fatalf("state: %v", err)
	}
	return strings.Join(s.Done, " ")
}
