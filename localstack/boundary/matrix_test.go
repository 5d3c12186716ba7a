package boundary_test

import (
	"slices"
	"testing"

	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance/survey"
	"certgate/localstack/boundary"
)

// The table is the flows' own: a step that is new to a flow is killed like the
// others, or its test fails because nothing that is asked for leads to it.
func TestNothingIsLostOrDoneTwiceWhereverAStepIsKilled(t *testing.T) {
	t.Parallel()
	for _, at := range places() {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			m := start(t, at)
			m.run()
			m.killedEverywhere(boundary.Others())
		})
	}
}

// places are all five. With -short they are the two at which a repeat finds that something
// is stored, or done, which it does not know of.
func places() []boundary.Boundary {
	if testing.Short() {
		return []boundary.Boundary{boundary.BeforeRow, boundary.BeforeMessage}
	}
	return append(boundary.Boundaries(), boundary.BeforeFirstMessage)
}

// later are the steps that are jumped over where a release before them cannot be asked for
// what needs them. Such a release has no survey either, and does not deliver.
var later = []string{"NoteNotInstalledStep", "ChooseValidationStep", "CreateDnsRecordsStep", "CheckDnsRecordsStep", "DeleteDnsRecordsStep", "PutListenersBackStep", "LeaveGatewaysStep"}

// killedEverywhere asserts that the killer met every step of the flows.
func (m *mix) killedEverywhere(flows []durable.Definition) {
	m.t.Helper()
	points := boundary.Steps(flows)
	if m.at == boundary.BeforeFirstMessage {
		points = nil
		for _, f := range flows {
			points = append(points, boundary.Start(f.Name()))
		}
	}
	for _, s := range points {
		if m.oneName && (slices.Contains(later, s.Name) || s.Flow == delivery.FlowName || s.Flow == survey.Flow) {
			continue
		}
		m.t.Run(s.String(), func(t *testing.T) {
			if !m.killer.Killed(s) {
				t.Error("no scenario reaches this step: add one to the mix")
			}
		})
	}
	steps, parked := m.killer.Kills()
	if m.at == boundary.BeforeRow && parked == 0 {
		m.t.Error("no turn that waits to be woken was killed")
	}
	m.t.Logf("killed %d times in steps and %d times in turns that wait to be woken", steps, parked)
}
