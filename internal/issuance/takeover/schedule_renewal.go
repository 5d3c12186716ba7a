package takeover

import (
	"context"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// scheduleRenewal lets the record enter renewal. The authority is asked for its window
// with the next look.
func (p Ports) scheduleRenewal() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:  "ScheduleRenewalStep",
		Says:  "Planning the renewal of the certificate of {hostname}.",
		Title: "Plan its renewal",
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			return durable.Done(), managed.Change(ctx, p.Records, s.Certificate, func(r *managed.Record) bool {
				if !r.RenewAt.IsZero() {
					return false
				}
				plan := managed.Schedule(t.Now, r, managed.Advice{}, 0)
				r.RenewAt, r.NextCheck = plan.RenewAt, time.Time{}
				if !plan.NextCheck.IsZero() {
					r.NextCheck = t.Now
				}
				return true
			})
		},
	}
}
