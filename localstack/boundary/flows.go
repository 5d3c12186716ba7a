package boundary

import (
	"slices"

	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/gatewaylane"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/internal/issuance/renewal"
	"certgate/internal/issuance/survey"
	"certgate/internal/issuance/takeover"
	"certgate/internal/issuance/watch"
	"certgate/internal/notify"
)

// Flows are the flows of the handler, for their steps' names: their ports lead
// nowhere. A test of the handler holds this list against what it registers.
func Flows() []durable.Definition {
	ports := issuance.Ports{}
	return slices.Concat(MovingIn(), []durable.Definition{
		issuance.AddCertificate(ports),
		batch.AddMultiple(nil, nil),
		issuance.ImportCertificate(ports),
		issuance.RenewCertificate(ports),
		renewal.RenewCertificates(nil),
		issuance.RetireCertificate(issuance.RetirePorts{}),
		issuance.RevokeCertificate(issuance.RevokePorts{}),
		delivery.New(delivery.Config{}).Definition(),
		watch.Certificates(watch.Ports{}),
		survey.Listeners(survey.Ports{}),
		gatewaylane.New(gatewaylane.Config{}).Definition(),
		notify.New(notify.Config{}).Definition(),
	})
}

// MovingIn are those of Flows that take over what is on the gateway already. They have a
// mix of their own, because a release before them knows none of them.
func MovingIn() []durable.Definition {
	return []durable.Definition{
		batch.TakeOver(nil, nil),
		takeover.Listener(takeover.Ports{}),
		takeover.GiveBack(takeover.Ports{}),
		takeover.Unpin(takeover.Ports{}),
	}
}

// Others are the rest of Flows.
func Others() []durable.Definition { return Flows()[len(MovingIn()):] }

// Step is a step of a flow. The same name can be a step and a clean-up step, and
// these are two.
type Step struct {
	Flow    string
	CleanUp bool
	Name    string
}

// Start stands for the start of a flow among its steps.
func Start(flow string) Step { return Step{Flow: flow, Name: "its start"} }

// String is the name of the step's test.
func (s Step) String() string {
	if s.CleanUp {
		return s.Flow + "/clean-up/" + s.Name
	}
	return s.Flow + "/" + s.Name
}

// Steps lists every step of the flows, in the order in which they run.
func Steps(flows []durable.Definition) []Step {
	var all []Step
	for _, f := range flows {
		steps, cleanUp := f.Sentences()
		for i, s := range slices.Concat(steps, cleanUp) {
			all = append(all, Step{Flow: f.Name(), CleanUp: i >= len(steps), Name: s[0]})
		}
	}
	return all
}
