package takeover

import (
	"context"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// pointListener takes the version out of the gateway's reference, because no renewal
// would reach it. All that come together share one write.
func (p Ports) pointListener() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:   "PointListenerStep",
		Says:   "Letting the gateway follow the newest version of the certificate of {hostname}.",
		Title:  "Let the gateway follow renewals",
		Within: 6 * time.Hour,
		Needed: func(s *adoption) bool { return s.Pinned != "" },
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			done, err := p.Lane.Point(ctx, t, issuance.Pointing{Entry: s.Entry, SecretID: s.SecretID})
			if err != nil {
				return durable.Outcome{}, err
			}
			if !done {
				return durable.Park(), nil
			}
			s.Pointed = true
			return durable.Done(), nil
		},
	}
}
