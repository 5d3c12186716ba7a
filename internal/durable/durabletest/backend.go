package durabletest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
)

// Backend is what a storage implementation offers.
type Backend interface {
	durable.Store
	durable.Mailbox
	durable.Archive
	durable.Census
	Locker
	// Damage makes the row of an instance one that cannot be read, Mend gives back what
	// was in it. Both are for tests.
	Damage(id string)
	Mend(id string)
}

// Locker is a store's lock for work that must not be done by two at once.
type Locker interface {
	// Acquire takes the named lock for ttl; ok is false while somebody else holds
	// it. release gives it back, and is durable.ErrConflict if the lock had
	// expired and was taken over: the other's lock stays.
	Acquire(ctx context.Context, name string, ttl time.Duration) (ok bool, release func(context.Context) error, err error)
}

// Open makes an empty backend on the given clock, for one test.
type Open func(t *testing.T, now func() time.Time) Backend

// Exercise runs the conformance suite of stores. Every test gets a backend of
// its own, and they run in parallel.
func Exercise(t *testing.T, open Open) {
	for _, suite := range []struct {
		name  string
		tests []conformance
	}{
		{"Create", createTests}, {"Commit", commitTests}, {"Release", releaseTests}, {"Due", dueTests}, {"Mailbox", mailboxTests},
		{"List", listTests}, {"Purge", purgeTests}, {"Backlog", backlogTests}, {"Values", valueTests}, {"Lock", lockTests},
	} {
		t.Run(suite.name, func(t *testing.T) {
			t.Parallel()
			for _, test := range suite.tests {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					clock := NewClock()
					test.run(fixture{T: t, Backend: open(t, clock.Now), clock: clock})
				})
			}
		})
	}
}

type conformance struct {
	name string
	run  func(f fixture)
}

// fixture is one test with its backend; the methods below stop the test on an
// error that it does not expect.
type fixture struct {
	*testing.T
	Backend
	clock *Clock
}

// instance makes an instance that is not stored yet, created at the clock's time.
func (f fixture) instance(claim string) *durable.Instance {
	now := f.clock.Now()
	return &durable.Instance{
		ID: durable.NewID(claim), Flow: "TestFlow", Claim: claim, Status: durable.Pending, Step: "FirstStep", Seq: 1,
		Custom: durable.CustomStatus{Status: "FirstStep", Message: "Beginning."},
		Input:  json.RawMessage(`{"in":1}`), State: json.RawMessage(`{"s":1}`),
		CreatedAt: now, UpdatedAt: now, StepSince: now, DueAt: now,
	}
}

func (f fixture) event(inst *durable.Instance, kind string) durable.Event {
	return durable.Event{Seq: inst.Seq, Time: f.clock.Now(), Kind: kind, Step: inst.Step}
}

// started stores a new instance that holds the claim.
func (f fixture) started(claim string, mail ...durable.Item) *durable.Instance {
	f.Helper()
	inst := f.instance(claim)
	f.create(inst, mail...)
	return inst
}

func (f fixture) create(inst *durable.Instance, mail ...durable.Item) {
	f.Helper()
	if err := f.Create(f.Context(), inst, f.event(inst, durable.EventStarted), mail...); err != nil {
		f.Fatalf("create: %v", err)
	}
}

// turn stores the next turn of inst.
func (f fixture) turn(inst *durable.Instance, change durable.Change) {
	f.Helper()
	inst.Seq++
	if err := f.Commit(f.Context(), inst, change); err != nil {
		f.Fatalf("commit: %v", err)
	}
}

func (f fixture) end(inst *durable.Instance, status durable.RuntimeStatus) {
	f.Helper()
	inst.Status, inst.Step = status, ""
	f.turn(inst, durable.Change{Event: f.event(inst, durable.EventCompleted)})
}

func (f fixture) load(id string) *durable.Instance {
	f.Helper()
	inst, err := f.Load(f.Context(), id)
	if err != nil {
		f.Fatalf("load: %v", err)
	}
	return inst
}

func (f fixture) history(id string) []durable.Event {
	f.Helper()
	events, err := f.History(f.Context(), id)
	if err != nil {
		f.Fatalf("history: %v", err)
	}
	return events
}

func (f fixture) item(id string) durable.Item {
	return durable.Item{ID: id, Body: json.RawMessage(`{"want":"` + id + `"}`), PostedAt: f.clock.Now()}
}

func (f fixture) post(claim string, item durable.Item) {
	f.Helper()
	if err := f.Post(f.Context(), claim, item); err != nil {
		f.Fatalf("post: %v", err)
	}
}

func (f fixture) inbox(claim string) ([]durable.Item, string) {
	f.Helper()
	items, mark, err := f.Inbox(f.Context(), claim)
	if err != nil {
		f.Fatalf("inbox: %v", err)
	}
	return items, mark
}

func (f fixture) itemIDs(claim string) []string {
	f.Helper()
	items, _ := f.inbox(claim)
	ids := []string{}
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	return ids
}

func (f fixture) wantError(err, want error, what string) {
	f.Helper()
	if !errors.Is(err, want) {
		f.Errorf("%s gave %v, want %q", what, err, want)
	}
}

func (f fixture) wantSame(want, got any, what string) {
	f.Helper()
	sameBytes := cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
	if diff := cmp.Diff(want, got, sameBytes); diff != "" {
		f.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
