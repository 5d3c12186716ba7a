package boundary_test

import (
	"testing"

	"certgate/localstack/boundary"
)

// The table is the flows' own: a step that is new to a flow is killed like the
// others, or its test fails because nothing that is asked for leads to it.
func TestNothingIsLostOrDoneTwiceWhereverAStepIsKilled(t *testing.T) {
	t.Parallel()
	flows := boundary.Flows()
	for _, at := range append(boundary.Boundaries(), boundary.BeforeFirstMessage) {
		points := boundary.Steps(flows)
		if at == boundary.BeforeFirstMessage {
			points = nil
			for _, f := range flows {
				points = append(points, boundary.Start(f.Name()))
			}
		}
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			m := start(t, at)
			m.run()
			for _, s := range points {
				t.Run(s.String(), func(t *testing.T) {
					if !m.killer.Killed(s) {
						t.Error("no scenario reaches this step: add one to the mix")
					}
				})
			}
			steps, parked := m.killer.Kills()
			if at == boundary.BeforeRow && parked == 0 {
				t.Error("no turn that waits to be woken was killed")
			}
			t.Logf("killed %d times in steps and %d times in turns that wait to be woken", steps, parked)
		})
	}
}
