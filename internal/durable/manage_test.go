package durable_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestOneActiveInstancePerClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	first := w.start("c")
	if again := w.start("c"); again != first {
		t.Errorf("second start got %s, want the first one's id %s", again, first)
	}
	if other := w.start("d"); other == first {
		t.Errorf("another claim got the same instance")
	}
	w.finish(first)
	if later := w.start("c"); later == first {
		t.Errorf("after the end the claim is still held")
	}
}

func TestTerminateCleansUpAlsoBehindAStepThatIsRunning(t *testing.T) {
	t.Parallel()
	var w *world
	var id string
	left := map[string]bool{}
	flow := steps(does("Make", func(durable.Turn, *trip) (durable.Outcome, error) {
		// In the middle of the step a person terminates, and clean-up is over
		// before this run makes its thing.
		if err := w.runner.Terminate(context.Background(), id, "Changed my mind."); err != nil {
			return durable.Outcome{}, err
		}
		clean := w.load(id)
		if err := w.runner.Handle(context.Background(), clean.Current(), durable.Delivery{}); err != nil {
			return durable.Outcome{}, err
		}
		left["thing"] = true
		return durable.Done(), nil
	}), visit("B"))
	flow.CleanUp = []durable.Step[trip]{does("Remove", func(durable.Turn, *trip) (durable.Outcome, error) {
		delete(left, "thing")
		return durable.Done(), nil
	})}
	w = newWorld(t, flow)
	id = w.start("c")
	inst := w.finish(id)
	if inst.Status != durable.Terminated || inst.Custom.Message != "Changed my mind." {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if left["thing"] {
		t.Error("the thing that the losing run made is left behind")
	}
	if err := w.runner.Terminate(context.Background(), id, ""); !errors.Is(err, durable.ErrEnded) {
		t.Errorf("terminate again: %v, want ErrEnded", err)
	}
}

func TestRaisingAnEventMakesAWaitingStepLookNow(t *testing.T) {
	t.Parallel()
	runs := 0
	w := newWorld(t, steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		if runs++; runs == 1 {
			return durable.Wait(30*time.Minute, "Waiting."), nil
		}
		return durable.Done(), nil
	})))
	id := w.start("c")
	if err := w.pump.Until(context.Background(), func() bool { return runs == 1 }, 5); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	if err := w.runner.Raise(context.Background(), id, "DnsFixed"); err != nil {
		t.Fatal(err)
	}
	if err := w.pump.Until(context.Background(), func() bool { return runs == 2 }, 5); err != nil {
		t.Fatal(err)
	}
	if waited := w.clock.Now().Sub(began); waited > time.Second {
		t.Errorf("looked again after %s", waited)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
}

func TestTerminatingAgainMendsATerminationWhoseMessageWasNeverSent(t *testing.T) {
	t.Parallel()
	flow := steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Wait(time.Hour, "Waiting for the baker."), nil
	}))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	w := newWorld(t, flow)
	id := w.start("c")
	if err := w.runner.Terminate(t.Context(), id, "enough"); err != nil {
		t.Fatal(err)
	}
	for d, ok := w.queue.Receive(time.Minute); ok; d, ok = w.queue.Receive(time.Minute) {
		w.queue.Delete(d) // as if the process had died before it sent them
	}
	if err := w.runner.Terminate(t.Context(), id, "enough"); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Terminated || visited(t, inst) != "Sweep" {
		t.Errorf("ended %s after %q", inst.Status, visited(t, inst))
	}
}
