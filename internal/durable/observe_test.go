package durable_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"certgate/internal/durable"
)

// notes is an observer that writes down what it is told.
type notes struct{ lines []string }

type noted struct{}

func (n *notes) Turn(ctx context.Context, inst *durable.Instance, t durable.Turn) (context.Context, func(durable.TurnEnd)) {
	return context.WithValue(ctx, noted{}, t.Step), func(end durable.TurnEnd) {
		n.lines = append(n.lines, fmt.Sprintf("%s %d %s", t.Step, t.Attempt+1, end.Result))
		if end.Event.Kind != "" && (end.Instance.ID != inst.ID || end.Instance.Seq != t.Seq+1 || end.Event.Step != t.Step) {
			n.lines = append(n.lines, fmt.Sprintf("turn %d ended at %d with %+v", t.Seq, end.Instance.Seq, end.Event))
		}
	}
}

func (n *notes) Stored(_ context.Context, _ *durable.Instance, e durable.Event) {
	n.lines = append(n.lines, e.Kind+" "+e.Step)
}

func TestAnObserverIsToldOfEachRunWithItsResult(t *testing.T) {
	t.Parallel()
	waited, parked := false, false
	flow := steps(
		does("Waits", func(durable.Turn, *trip) (durable.Outcome, error) {
			if waited {
				return durable.Done(), nil
			}
			waited = true
			return durable.Wait(time.Minute, "Not yet."), nil
		}),
		does("Errs", func(t durable.Turn, _ *trip) (durable.Outcome, error) {
			if t.Attempt == 0 {
				return durable.Outcome{}, errors.New("broken")
			}
			return durable.Done(), nil
		}),
		does("Parks", func(durable.Turn, *trip) (durable.Outcome, error) {
			if parked {
				return durable.Fail("Code", "It failed."), nil
			}
			parked = true
			return durable.Park(), nil
		}),
	)
	flow.CleanUp = []durable.Step[trip]{visit("Cleans")}
	w, n := newWorld(t, flow), &notes{}
	w.runner.Observe(n)
	id := w.start("c")
	if err := w.pump.Drain(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour) // it parks, and nobody wakes it
	if _, err := w.runner.Rescue(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.finish(id)
	want := []string{
		"Waits 1 waiting", "Waits 1 done", "Errs 1 retrying", "Errs 2 done", "Parks 1 parked", "Rescued Parks",
		"Parks 1 lost", // it was run from memory, where the rescue is not known
		"Parks 1 failed", "Cleans 1 done",
	}
	if !slices.Equal(n.lines, want) {
		t.Errorf("the observer was told\n%q, want\n%q", n.lines, want)
	}
}

func TestAnObserverSeesALostRaceAndATermination(t *testing.T) {
	t.Parallel()
	n := &notes{}
	var w *world
	w = newWorld(t, steps(durable.Step[trip]{Name: "A", Run: func(ctx context.Context, turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if ctx.Value(noted{}) != "A" {
			t.Error("the step does not run with the observer's context")
		}
		if err := w.runner.Terminate(ctx, turn.Instance, "enough"); err != nil {
			t.Error(err)
		}
		return durable.Done(), nil
	}}))
	w.runner.Observe(n)
	w.finish(w.start("c"))
	if want := []string{"Terminated A", "A 1 lost"}; !slices.Equal(n.lines, want) {
		t.Errorf("the observer was told %q, want %q", n.lines, want)
	}
}

func TestAnObserverSeesAPoisonMessageFailItsInstance(t *testing.T) {
	t.Parallel()
	w, n := newWorld(t, steps(visit("A"))), &notes{}
	w.runner.Observe(n)
	w.pump.Handle = func(context.Context, durable.Message, int) error { return errors.New("the process died") }
	w.finish(w.start("c"))
	if want := []string{"Failed A"}; !slices.Equal(n.lines, want) {
		t.Errorf("the observer was told %q, want %q", n.lines, want)
	}
}
