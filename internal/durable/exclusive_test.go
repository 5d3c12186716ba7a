package durable_test

import (
	"context"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestAParkedStepStoresNothingAndRunsWhenWoken(t *testing.T) {
	t.Parallel()
	ready := false
	w := newWorld(t, steps(does("A", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if !ready {
			return durable.Park(), nil
		}
		if !turn.Woken {
			return durable.Fail("Asleep", "not woken"), nil
		}
		return durable.Done(), nil
	})))
	id := w.start("c")
	if err := w.pump.Drain(context.Background(), 10); err != nil {
		t.Fatal(err)
	}
	parked := w.load(id)
	if parked.Seq != 1 || w.kinds(id) != "Started" {
		t.Errorf("parking stored turn %d, history %q", parked.Seq, w.kinds(id))
	}
	ready = true
	wake := parked.Current()
	wake.Wake = true
	if err := w.queue.Send(context.Background(), wake, 0); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestAnExclusiveStepIsNotEnteredTwiceAtATime(t *testing.T) {
	t.Parallel()
	var w *world
	inside, most, runs := 0, 0, 0
	step := does("Alone", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		runs++
		inside++
		most = max(most, inside)
		// The same message comes again while this run is under way.
		if runs == 1 {
			if err := w.runner.Handle(context.Background(), turn.Current(), durable.Delivery{}); err != nil {
				return durable.Outcome{}, err
			}
		}
		inside--
		return durable.Done(), nil
	})
	step.Lease = time.Minute
	w = newWorld(t, steps(step, visit("B")))
	inst := w.finish(w.start("c"))
	if most != 1 || runs != 1 {
		t.Errorf("%d runs, %d at a time; want 1 and 1", runs, most)
	}
	if inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestALeaseWhoseHolderDiedIsTakenOver(t *testing.T) {
	t.Parallel()
	step := visit("Alone")
	step.Lease = time.Minute
	w := newWorld(t, steps(step))
	id := w.start("c")
	dead := w.load(id) // a run that took the lease and died
	dead.LeaseUntil = w.clock.Now().Add(time.Minute)
	if err := w.store.Commit(context.Background(), dead, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if waited := w.clock.Now().Sub(began); waited < time.Minute {
		t.Errorf("taken over after %s, while the lease was good", waited)
	}
}

// A run that died is not waited for by its own message, which would have come to
// nobody if it still ran; every other message for the turn waits for its lease.
func TestALeaseWhoseHolderDiedIsTakenOverAtOnceByItsOwnMessage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held  durable.LeaseHolder
		comes durable.Delivery
		runs  bool
	}{
		"its message comes again":                {durable.LeaseHolder{Message: "m-1", Count: 1}, durable.Delivery{Redelivered: true, Message: "m-1", Count: 2}, true},
		"the same delivery of it, a second time": {durable.LeaseHolder{Message: "m-1", Count: 2}, durable.Delivery{Redelivered: true, Message: "m-1", Count: 2}, false},
		"another message for the turn":           {durable.LeaseHolder{Message: "m-1", Count: 1}, durable.Delivery{Redelivered: true, Message: "m-2", Count: 3}, false},
		"a host that names no messages":          {durable.LeaseHolder{}, durable.Delivery{Redelivered: true}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			step := visit("Alone")
			step.Lease = time.Minute
			w := newWorld(t, steps(step))
			id := w.start("c")
			held := w.load(id)
			held.LeaseUntil, held.LeaseBy = w.clock.Now().Add(time.Minute), c.held
			if err := w.store.Commit(t.Context(), held, durable.Change{}); err != nil {
				t.Fatal(err)
			}
			if err := w.runner.Handle(t.Context(), held.Current(), c.comes); err != nil {
				t.Fatal(err)
			}
			if inst := w.load(id); inst.Status.Ended() != c.runs {
				t.Errorf("the instance is %s, want an end: %t", inst.Status, c.runs)
			}
		})
	}
}

func TestAnExclusiveStepThatLostItsRaceDoesNotWaitForItsOwnLease(t *testing.T) {
	t.Parallel()
	var w *world
	runs := 0
	step := does("Alone", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if runs++; runs == 1 { // somebody raises an event in the middle of it
			if err := w.runner.Raise(context.Background(), turn.Instance, "Hurry"); err != nil {
				return durable.Outcome{}, err
			}
		}
		return durable.Done(), nil
	})
	step.Lease = time.Hour
	w = newWorld(t, steps(step))
	id := w.start("c")
	began := w.clock.Now()
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
	_ = began
	events, _ := w.store.History(context.Background(), id)
	if last := events[len(events)-1]; last.Time.Sub(began) > time.Minute {
		t.Errorf("ended %s later: it waited for its own lease", last.Time.Sub(began))
	}
}
