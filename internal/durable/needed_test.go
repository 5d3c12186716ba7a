package durable_test

import (
	"strings"
	"testing"

	"certgate/internal/durable"
)

// only is a step that is needed while the trip has not been to a place.
func only(name, without string) durable.Step[trip] {
	s := visit(name)
	s.Needed = func(s *trip) bool { return !strings.Contains(strings.Join(s.Done, " "), without) }
	return s
}

func TestAStepThatIsNotNeededIsPassedOverWithoutATurn(t *testing.T) {
	t.Parallel()
	fails := does("D", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Fail("Full", "The car is full."), nil
	})
	goes := does("C", func(_ durable.Turn, s *trip) (durable.Outcome, error) {
		s.Done = append(s.Done, "C")
		return durable.GoTo("X"), nil
	})
	for name, c := range map[string]struct {
		flow    durable.Flow[trip]
		visited string
		turns   int64
	}{
		"between two":        {steps(visit("A"), only("B", "A"), only("C", "A"), visit("D")), "A D", 3},
		"needed":             {steps(visit("A"), only("B", "Z"), visit("C")), "A B C", 4},
		"the last ones":      {steps(visit("A"), only("B", "A")), "A", 2},
		"the target of GoTo": {steps(goes, only("X", "C"), visit("D")), "C D", 3},
		"in clean-up": {durable.Flow[trip]{Steps: []durable.Step[trip]{visit("A"), fails},
			CleanUp: []durable.Step[trip]{only("X", "A"), visit("Y"), only("Z", "Y")}}, "A Y", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.flow)
			inst := w.finish(w.start("c"))
			if visited(t, inst) != c.visited || inst.Seq != c.turns {
				t.Errorf("visited %q in %d turns, want %q in %d", visited(t, inst), inst.Seq, c.visited, c.turns)
			}
		})
	}
}
