package renewal

import (
	"context"
	"encoding/json"
	"time"

	"certgate/internal/durable"
)

// Flow is the run over all certificates, twice a day. Published.
const Flow = "RenewCertificatesFunctions"

// runWithin bounds one turn of a run, below the host's functionTimeout.
const runWithin = 4 * time.Minute

// runAttempts bounds the errors in a row of what a timer starts: some ten minutes.
// Its next time does the same work, and people should see that this one failed.
const runAttempts = 8

// maxLaps bounds how often a step of a run goes on where it stopped.
const maxLaps = 50

// Run is the state of a run and its published output.
type Run struct {
	Due   Sweep      `json:"due"`
	Vault Reconciled `json:"vault"`
	Laps  int        `json:"laps,omitempty"`
}

// RenewCertificates looks at what is due and starts one instance for each
// certificate that is to be renewed; then it holds the records against the vault.
// That order renews what is known even when the vault's listing is refused. What
// the listing brings is looked at by the next sweep.
func RenewCertificates(r *Renewals) durable.Definition {
	return durable.Flow[Run]{
		Name:  Flow,
		Title: "Renewal round",
		Steps: []durable.Step[Run]{
			{
				Name: "RenewDueCertificatesStep", Says: "Starting the renewals that are due.", Title: "Start the renewals that are due", Timeout: runWithin, Attempts: runAttempts,
				Run: func(ctx context.Context, t durable.Turn, s *Run) (durable.Outcome, error) {
					sweep, err := r.SweepDue(ctx, t.Now)
					if err != nil {
						return durable.Outcome{}, err
					}
					s.Due = s.Due.plus(sweep)
					return s.goOn(sweep.More, t.Step), nil
				},
			},
			{
				Name: "CompareKeyVaultStep", Says: "Comparing what is managed with Key Vault.", Title: "Compare with Key Vault", Timeout: runWithin, Attempts: runAttempts,
				Run: func(ctx context.Context, t durable.Turn, s *Run) (durable.Outcome, error) {
					done, err := r.Reconcile(ctx, t.Now)
					if err != nil {
						return durable.Outcome{}, err
					}
					s.Vault = s.Vault.plus(done)
					return s.goOn(done.More, t.Step), nil
				},
			},
		},
		Begin:    func(json.RawMessage) (Run, error) { return Run{}, nil },
		Finished: "Certbot function successfully completed.",
		Output:   func(s *Run) any { s.Laps = 0; return s },
	}.Define()
}

// RunStart is the start of a run; one at a time.
func RunStart() durable.Start {
	return durable.Start{Flow: Flow, Claim: "renewal run", Input: json.RawMessage(`{}`), RequestedBy: "certgate"}
}

// goOn repeats the step if it could not do everything, a bounded number of times:
// the next run, or the next sweep, does the rest.
func (s *Run) goOn(more bool, step string) durable.Outcome {
	if more && s.Laps < maxLaps {
		s.Laps++
		return durable.GoTo(step)
	}
	s.Laps = 0
	return durable.Done()
}

func (a Sweep) plus(b Sweep) Sweep {
	return Sweep{
		Checked: a.Checked + b.Checked, Started: a.Started + b.Started, Joined: a.Joined + b.Joined,
		Problems: a.Problems + b.Problems, More: b.More,
	}
}

// plus adds what was done; Managed is a count of the last lap, not a sum.
func (a Reconciled) plus(b Reconciled) Reconciled {
	return Reconciled{
		Managed: b.Managed, Adopted: a.Adopted + b.Adopted, Corrected: a.Corrected + b.Corrected,
		Forgotten: a.Forgotten + b.Forgotten, Problems: a.Problems + b.Problems, More: b.More,
	}
}
