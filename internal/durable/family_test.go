package durable_test

import (
	"context"
	"encoding/json"
	"testing"

	"certgate/internal/durable"
)

// outputs is a flow with both outputs whose last step gives the outcome.
func outputs(last durable.Outcome) durable.Flow[trip] {
	flow := steps(visit("A"), does("B", func(durable.Turn, *trip) (durable.Outcome, error) { return last, nil }))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	flow.Output = func(s *trip) any { return map[string]any{"all": s.Done} }
	flow.PartialOutput = func(s *trip) any { return map[string]any{"some": s.Done} }
	return flow
}

func TestAnInstanceThatDidNotFinishShowsWhatThereIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last   durable.Outcome
		status durable.RuntimeStatus
		want   string
	}{
		"completed": {durable.Done(), durable.Completed, `{"all":["A"]}`},
		"failed":    {durable.Fail("NoFlour", "There is no flour."), durable.Failed, `{"some":["A","Sweep"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, outputs(c.last))
			if inst := w.finish(w.start("c")); inst.Status != c.status || string(inst.Output) != c.want {
				t.Errorf("ended %s with output %s, want %s with %s", inst.Status, inst.Output, c.status, c.want)
			}
		})
	}
	t.Run("terminated", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, outputs(durable.Done()))
		id := w.start("c")
		if err := w.runner.Terminate(context.Background(), id, ""); err != nil {
			t.Fatal(err)
		}
		if inst := w.finish(id); inst.Status != durable.Terminated || string(inst.Output) != `{"some":["Sweep"]}` {
			t.Errorf("ended %s with output %s", inst.Status, inst.Output)
		}
	})
	t.Run("terminated without clean-up", func(t *testing.T) {
		t.Parallel()
		flow := outputs(durable.Done())
		flow.CleanUp = nil
		w := newWorld(t, flow)
		id := w.start("c")
		if err := w.runner.Terminate(context.Background(), id, ""); err != nil {
			t.Fatal(err)
		}
		if inst := w.load(id); inst.Status != durable.Terminated || string(inst.Output) != `{"some":null}` {
			t.Errorf("ended %s with output %s", inst.Status, inst.Output)
		}
	})
}

func TestAFlowThatForgetsKeepsItsOutputAlone(t *testing.T) {
	t.Parallel()
	for name, last := range map[string]durable.Outcome{"completed": durable.Done(), "failed": durable.Fail("NoFlour", "There is no flour.")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flow := outputs(last)
			flow.Forget = true
			w := newWorld(t, flow)
			w.pump.Twice = true
			if inst := w.finish(w.start("c")); len(inst.State) != 0 || len(inst.Output) == 0 {
				t.Errorf("ended %s with state %s, output %s", inst.Status, inst.State, inst.Output)
			}
		})
	}
}

func TestAChildKnowsItsParentAndAStepKnowsWhoAskedAndWhen(t *testing.T) {
	t.Parallel()
	var seen durable.Turn
	w := newWorld(t, steps(does("A", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		seen = turn
		return durable.Done(), nil
	})))
	began := w.runner.Now()
	id, _, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`), RequestedBy: "ann", Parent: "the-parent"})
	if err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Parent != "the-parent" {
		t.Errorf("parent %q", inst.Parent)
	}
	if seen.RequestedBy != "ann" || !seen.Created.Equal(began) {
		t.Errorf("the step saw %q at %s, want ann at %s", seen.RequestedBy, seen.Created, began)
	}
}
