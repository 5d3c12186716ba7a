package durable_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestAnInstanceThatCannotBeReadIsItsOwnTroubleAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	bad, good := w.start("bad"), w.start("good")
	m := w.load(bad).Current()
	w.store.Damage(bad)
	for count := 1; count <= 5; count++ {
		if err := w.runner.Handle(context.Background(), m, durable.Delivery{Count: count, Redelivered: count > 1}); err != nil {
			t.Errorf("delivery %d is not done: %v", count, err)
		}
	}
	if err := w.runner.HandlePoison(context.Background(), m); err != nil {
		t.Errorf("its poison message: %v", err)
	}
	if inst := w.finish(good); inst.Status != durable.Completed {
		t.Errorf("the other one is %s", inst.Status)
	}
	var row *durable.UnreadableError
	if id, existing, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: "bad"}); !errors.As(err, &row) || row.ID != bad || existing || id != "" {
		t.Errorf("a new start gave %q, %v, %v; want to hear which row cannot be read, and no id", id, existing, err)
	}
	if err := w.runner.Raise(context.Background(), bad, "x"); !durable.Unreadable(err) {
		t.Errorf("raise: %v", err)
	}
	w.clock.Advance(20 * time.Minute)
	if _, err := w.runner.Rescue(context.Background()); err != nil {
		t.Errorf("rescue: %v", err)
	}
	if _, _, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: "bad"}); err == nil {
		t.Error("what it held is free before anybody could mend the row")
	}
	w.clock.Advance(time.Hour)
	if _, err := w.runner.Rescue(context.Background()); err != nil {
		t.Errorf("rescue an hour later: %v", err)
	}
	if _, existing, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: "bad"}); err != nil || existing {
		t.Errorf("an hour later what it held is not free: %v", err)
	}
}

// Whoever mends a row by hand finds the instance as it was: within the hour the rescue
// goes on with it; later an event does, beside whoever has its claim by then.
func TestAMendedInstanceGoesOnHoweverLateItIsMended(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after  time.Duration
		again  bool // somebody has asked anew meanwhile
		raised bool
	}{
		"within the hour":               {after: 30 * time.Minute},
		"two days later":                {after: 48 * time.Hour, raised: true},
		"when another has what it held": {after: 48 * time.Hour, again: true, raised: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, steps(visit("A"), visit("B")))
			id := w.start("bad")
			w.store.Damage(id)
			rescue := func() {
				t.Helper()
				if _, err := w.runner.Rescue(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.pump.Drain(t.Context(), 10); err != nil { // its message is dropped
				t.Fatal(err)
			}
			for end := w.clock.Now().Add(c.after); w.clock.Now().Before(end); w.clock.Advance(5 * time.Minute) {
				rescue()
			}
			next := ""
			if c.again {
				next = w.start("bad")
			}
			w.store.Mend(id)
			rescue()
			if c.raised {
				if err := w.runner.Raise(t.Context(), id, "mended"); err != nil {
					t.Fatal(err)
				}
			}
			if inst := w.finish(id); inst.Status != durable.Completed {
				t.Errorf("it is %s: %+v", inst.Status, inst.Custom)
			}
			if next == "" {
				return
			}
			if inst := w.finish(next); inst.Status != durable.Completed {
				t.Errorf("the one that was asked for meanwhile is %s: %+v", inst.Status, inst.Custom)
			}
		})
	}
}

func TestTerminatingWhatCannotBeReadFreesWhatItHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	bad := w.start("bad")
	w.store.Damage(bad)
	if err := w.runner.Terminate(context.Background(), bad, ""); err != nil {
		t.Fatal(err)
	}
	if id := w.start("bad"); id == bad {
		t.Error("the claim is not free")
	}
}

// A hidden instance is nobody's: what only the timers and the engine start is replaced.
func TestAHiddenInstanceThatCannotBeReadIsReplaced(t *testing.T) {
	t.Parallel()
	flow := steps(visit("A"))
	flow.Hidden = true
	w := newWorld(t, flow)
	bad := w.start("watch")
	w.store.Damage(bad)
	if id := w.start("watch"); id == bad {
		t.Error("it was not replaced")
	}
	bad = w.start("lane")
	w.store.Damage(bad)
	w.clock.Advance(15 * time.Minute)
	if _, err := w.runner.Rescue(context.Background()); err != nil {
		t.Fatal(err)
	}
	if id := w.start("lane"); id == bad {
		t.Error("the rescue did not free it")
	}
}

func TestADamagedStateFailsItsInstanceAlone(t *testing.T) {
	t.Parallel()
	flow := steps(visit("A"), visit("B"))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	flow.PartialOutput = func(s *trip) any { return s }
	w := newWorld(t, flow)
	id := w.start("c")
	inst := w.load(id)
	inst.State = json.RawMessage(`{"done":"not a list"}`)
	if err := w.store.Commit(context.Background(), inst, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Failed || !strings.Contains(inst.Custom.Message, "cannot be read") {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestAnUnknownStepWaitsForItsReleaseAndFailsWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	newer := steps(visit("A"), visit("New"))
	older := steps(visit("A"), visit("Old"))
	newer.CleanUp = []durable.Step[trip]{visit("Sweep")}
	older.CleanUp = newer.CleanUp
	at := func() (*world, string) {
		w := newWorld(t, newer)
		id := w.start("c")
		if err := w.pump.Until(context.Background(), func() bool { return w.load(id).Step == "New" }, 5); err != nil {
			t.Fatal(err)
		}
		w.rebuild(older, w.store)
		return w, id
	}
	w, id := at()
	turns := 0 // of the old release, while the new one is on its way
	if err := w.pump.Until(context.Background(), func() bool { turns++; return turns > 3 }, 5); err != nil {
		t.Fatal(err)
	}
	if inst := w.load(id); inst.Status.Ended() || !strings.Contains(inst.Custom.Message, "does not know the step New") || w.queue.Len() != 1 {
		t.Errorf("while it waits: %s %+v, %d messages", inst.Status, inst.Custom, w.queue.Len())
	}
	w.rebuild(newer, w.store)
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("with its release back it is %s %+v", inst.Status, inst.Custom)
	}

	w, id = at()
	began := w.clock.Now()
	inst := w.finish(id)
	if inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepUnknown || visited(t, inst) != "A Sweep" {
		t.Errorf("ended %s %+v after %s", inst.Status, inst.Custom, visited(t, inst))
	}
	if took := w.clock.Now().Sub(began); took < 6*time.Hour || took > 7*time.Hour {
		t.Errorf("after %s, want the 6 hours of a step", took)
	}

	w, id = at() // an operator need not wait
	if err := w.runner.Terminate(context.Background(), id, ""); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Terminated {
		t.Errorf("terminated: %s", inst.Status)
	}
}

func TestAnUnknownFlowEndsTheSameWay(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld(t, steps(visit("A")))
	ids := []string{w.start("a"), w.start("b")}
	w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: w.clock.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := w.runner.Terminate(context.Background(), ids[0], "enough"); err != nil {
		t.Fatal(err)
	}
	if inst := w.load(ids[0]); inst.Status != durable.Terminated {
		t.Errorf("terminated: %s", inst.Status)
	}
	if err := w.runner.HandlePoison(context.Background(), w.load(ids[1]).Current()); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(ids[1]); inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepUnknown {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if strings.Contains(log.String(), "the store is away") {
		t.Errorf("the log calls it an outage:\n%s", &log)
	}
}

// orphaned is a store that has lost the row of an instance but not its claim.
type orphaned struct {
	durable.Store
	damage   func(id string)
	lost     string
	released bool
}

func (o *orphaned) Load(ctx context.Context, id string) (*durable.Instance, error) {
	if id == o.lost {
		return nil, durable.ErrNotFound
	}
	return o.Store.Load(ctx, id)
}

func (o *orphaned) Release(ctx context.Context, id string, now time.Time) error {
	if id == o.lost {
		o.released = true
		o.damage(id)
	}
	return o.Store.Release(ctx, id, now)
}

func TestAClaimOfNobodyIsFreedByWhoWantsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	store := &orphaned{Store: w.store, damage: w.store.Damage, lost: w.start("c")}
	w.rebuild(steps(visit("A")), store)
	id, existing, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`)})
	if err != nil || existing || id == store.lost || !store.released {
		t.Errorf("started %s, joined %v, %v", id, existing, err)
	}
	if _, err := w.store.Load(context.Background(), id); errors.Is(err, durable.ErrNotFound) {
		t.Error("nothing was started")
	}
}
