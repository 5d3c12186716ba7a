package takeover

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/secretid"
)

// seenWithin is how long a gateway or a vault that does not answer is asked again.
const seenWithin = 10 * time.Minute

// lookAtListener looks afresh, and refuses with the sentence that the dry run gave. It
// changes nothing.
func (p Ports) lookAtListener() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:     "LookAtListenerStep",
		Says:     "Looking at the listener of {hostname} and its certificate.",
		Title:    "Look at the listener",
		Attempts: 20,
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			rows, ingress, err := p.Surveyor.Afresh(ctx, t.Now, []string{s.Listener})
			if err != nil {
				return durable.Outcome{}, err
			}
			if len(rows) == 0 {
				return durable.Fail(issuance.CodeTakeOverNotServed, fmt.Sprintf("The gateway has no listener %s any more.", s.Listener)), nil
			}
			r := rows[0]
			switch v := p.Judge(r, ingress, s.Wish); v.Verdict {
			case Refused:
				unseen := v.Code == issuance.CodeTakeOverNotServed && (r.Served.State == inventory.ServedUnknown || r.Trouble == inventory.NoAnswer)
				if unseen && t.Now.Sub(t.Since) < seenWithin { // nobody has answered
					return durable.Wait(30*time.Second, v.Message), nil
				}
				return durable.Fail(v.Code, v.Message), nil
			case Order:
				return durable.Fail(issuance.CodeTakeOverNotServed, "It cannot be taken over as it is any more; have a certificate ordered for it. "+p.notAdopted(r).why), nil
			}
			id, _ := secretid.Parse(r.SecretID)
			s.Hostnames, s.Served, s.Port, s.Addresses = namesOf(r.Certificate), r.Hostnames, r.Port, r.Addresses
			s.Entry, s.Pinned, s.SecretID, s.Certificate, s.RenewedBy = r.Entry, r.Pinned, id.Versionless(), id.Name, string(r.RenewedBy.Who)
			return durable.Done(), nil
		},
	}
}
