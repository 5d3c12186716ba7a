package durable_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"certgate/internal/durable"
)

func TestTheEndOfAnInstanceIsToldUntilItIsHeard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deaf  int // how often the hearer fails
		flow  durable.Flow[trip]
		wants []durable.RuntimeStatus
	}{
		"at once":            {0, steps(visit("A")), []durable.RuntimeStatus{durable.Completed}},
		"after two failures": {2, steps(visit("A")), []durable.RuntimeStatus{durable.Completed}},
		"a failure, when its clean-up is over": {1, durable.Flow[trip]{
			Steps: []durable.Step[trip]{does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
				return durable.Fail("Broken", "It is broken."), nil
			})},
			CleanUp: []durable.Step[trip]{visit("Tidy")},
		}, []durable.RuntimeStatus{durable.Failed}},
		"not of a hidden one": {0, durable.Flow[trip]{Steps: []durable.Step[trip]{visit("A")}, Hidden: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.flow)
			w.pump.RetryAfter = 30 * time.Second
			var heard []durable.RuntimeStatus
			deaf := c.deaf
			w.runner.OnEnd(func(_ context.Context, inst *durable.Instance) error {
				if deaf > 0 {
					deaf--
					return errors.New("not now")
				}
				heard = append(heard, inst.Status)
				return nil
			})
			w.finish(w.start("c"))
			if len(heard) != len(c.wants) || len(heard) == 1 && heard[0] != c.wants[0] {
				t.Errorf("heard %v, want %v", heard, c.wants)
			}
		})
	}
}

func TestAnInstanceThatExistsOnceIsNotStartedAgainAfterItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	begin := durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`), Once: "c"}
	first, existing, err := w.runner.Start(t.Context(), begin)
	if err != nil || existing {
		t.Fatalf("first start: existing %t, %v", existing, err)
	}
	for _, when := range []string{"while it runs", "after its end"} {
		again, existing, err := w.runner.Start(t.Context(), begin)
		if err != nil || !existing || again != first {
			t.Errorf("%s: %s, existing %t, %v; want %s again", when, again, existing, err, first)
		}
		w.finish(first)
	}
	begin.Claim = "d"
	if other, existing, err := w.runner.Start(t.Context(), begin); err != nil || existing || other == first {
		t.Errorf("another claim: %s, existing %t, %v", other, existing, err)
	}
}
