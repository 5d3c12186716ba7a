package durable_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestAPoisonMessageFailsItsInstanceWithTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	crash := func(ctx context.Context, m durable.Message, dequeues int) error {
		if m.Step == "B" {
			return errors.New("the process died")
		}
		return w.handle(ctx, m, dequeues)
	}
	w.pump.Handle = crash
	inst := w.finish(w.start("c"))
	if inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepKeptCrashing {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if !strings.Contains(inst.Custom.Message, "Step B") {
		t.Errorf("message %q must name the step", inst.Custom.Message)
	}
}

func TestAStalePoisonMessageSendsTheCurrentOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	id := w.start("c")
	stale := w.load(id).Current()
	d, _ := w.queue.Receive(time.Minute)
	if err := w.handle(context.Background(), d.Message, 1); err != nil {
		t.Fatal(err)
	}
	for d, ok := w.queue.Receive(time.Hour); ok; d, ok = w.queue.Receive(time.Hour) {
		w.queue.Delete(d) // B's message is lost
	}
	w.queue.Delete(d)
	if err := w.runner.HandlePoison(context.Background(), stale); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

// failing is a flow whose step A fails and whose clean-up is Sweep.
func failing() durable.Flow[trip] {
	flow := steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Fail("NoFlour", "There is no flour."), nil
	}))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	return flow
}

func TestCleanUpIsDoneAlthoughItsMessageWasPoison(t *testing.T) {
	t.Parallel()
	w := newWorld(t, failing())
	crashes := 0
	w.pump.Handle = func(ctx context.Context, m durable.Message, dequeues int) error {
		if m.Step == "Sweep" && crashes < 7 {
			crashes++
			return errors.New("the process died")
		}
		return w.handle(ctx, m, dequeues)
	}
	inst := w.finish(w.start("c"))
	if visited(t, inst) != "Sweep" || inst.Custom.Error != "NoFlour" {
		t.Errorf("ended with %+v after %q", inst.Custom, visited(t, inst))
	}
}

func TestCleanUpThatKeepsCrashingIsGivenUpWithinAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t, failing())
	w.pump.Handle = func(ctx context.Context, m durable.Message, dequeues int) error {
		if m.Step == "Sweep" {
			return errors.New("the process died")
		}
		return w.handle(ctx, m, dequeues)
	}
	inst := w.finish(w.start("c"))
	if took := inst.UpdatedAt.Sub(inst.CreatedAt); took < 30*time.Minute || took > time.Hour+10*time.Minute {
		t.Errorf("it ended after %s", took)
	}
	if inst.Custom.Error != "NoFlour" || !strings.Contains(inst.Custom.Message, "Clean-up step Sweep gave up") {
		t.Errorf("ended with %+v", inst.Custom)
	}
}
