package durable_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"certgate/internal/durable"
)

// busyWith is what a start met that could not join it.
func busyWith(err error) durable.BusyError {
	var busy *durable.BusyError
	if errors.As(err, &busy) {
		return *busy
	}
	return durable.BusyError{}
}

func TestAnInstanceInItsCleanUpIsNeverJoined(t *testing.T) {
	t.Parallel()
	flow := steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) { return durable.Wait(time.Hour, ""), nil }))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	w := newWorld(t, flow)
	dying := w.start("c")
	if err := w.runner.Terminate(t.Context(), dying, "test"); err != nil {
		t.Fatal(err)
	}
	again := durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`)}
	id, existing, err := w.runner.Start(t.Context(), again)
	if busy := busyWith(err); busy.Instance != dying || !busy.Ending || existing || id != "" {
		t.Errorf("a start beside its clean-up gave %q, %v, %v", id, existing, err)
	}
	w.finish(dying)
	if id, existing, err := w.runner.Start(t.Context(), again); err != nil || existing || id == dying {
		t.Errorf("after its end a start gave %q, %v, %v", id, existing, err)
	}
}

func TestAStartJoinsOnlyWhatDoesTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	w.runner.Add(durable.Flow[trip]{Name: "Other", Steps: []durable.Step[trip]{visit("A")}, Begin: func(json.RawMessage) (trip, error) { return trip{}, nil }}.Define())
	first := w.start("c")
	any, none := func(*durable.Instance) bool { return true }, func(*durable.Instance) bool { return false }
	for name, c := range map[string]struct {
		start durable.Start
		joins bool
	}{
		"the same request":        {durable.Start{Flow: "Trip", Input: json.RawMessage(`{}`)}, true},
		"another input":           {durable.Start{Flow: "Trip", Input: json.RawMessage(`{"a":1}`)}, false},
		"another flow":            {durable.Start{Flow: "Other", Input: json.RawMessage(`{}`)}, false},
		"a rule that takes any":   {durable.Start{Flow: "Other", Input: json.RawMessage(`{"a":1}`), Joins: any}, true},
		"a rule that takes none":  {durable.Start{Flow: "Trip", Input: json.RawMessage(`{}`), Joins: none}, false},
		"an instance of its own ": {durable.Start{Flow: "Other", Input: json.RawMessage(`{}`), Once: "x"}, false},
	} {
		c.start.Claim = "c"
		id, existing, err := w.runner.Start(t.Context(), c.start)
		if joined := existing && err == nil && id == first; joined != c.joins {
			t.Errorf("%s: %q, %v, %v", name, id, existing, err)
		}
		if busy := busyWith(err); !c.joins && (busy.Instance != first || busy.Flow != "Trip" || busy.Ending) {
			t.Errorf("%s: busy with %+v", name, busy)
		}
	}
}

// The repeat of a start that may happen once finds the instance of the first, also in
// its clean-up.
func TestWhatExistsOnceIsFoundInItsCleanUp(t *testing.T) {
	t.Parallel()
	flow := steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) { return durable.Wait(time.Hour, ""), nil }))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep")}
	w := newWorld(t, flow)
	begin := durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`), Once: "only"}
	first, _, err := w.runner.Start(t.Context(), begin)
	if err == nil {
		err = w.runner.Terminate(t.Context(), first, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	if again, existing, err := w.runner.Start(t.Context(), begin); err != nil || !existing || again != first {
		t.Errorf("the repeat gave %q, %v, %v", again, existing, err)
	}
}
