package issuance

import (
	"context"
	"time"

	"certgate/internal/durable"
)

const (
	stepVerifyServed     = "VerifyServedCertificateStep"
	stepPutListenersBack = "PutListenersBackStep"
)

// putListenersBack gives listeners that were to be taken over their former certificate
// again, if the gateway had been given certgate's and did not show it. One that has expired
// is worse than none. A second run finds the listeners as it left them.
func putListenersBack(gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepPutListenersBack,
		Says:   "Giving the listener of {hostname} its former certificate.",
		Title:  "Give the listener its former certificate",
		Within: 6 * time.Hour,
		Needed: func(s *State) bool { return s.TakeOver && len(s.Former) > 0 },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if t.Ending == nil || t.Ending.Step != stepVerifyServed || len(gateways) == 0 {
				return durable.Done(), nil
			}
			for s.PutBack < len(s.Former) {
				f := s.Former[s.PutBack]
				if !f.NotAfter.IsZero() && !t.Now.Before(f.NotAfter) {
					s.PutBack++
					continue
				}
				gateway, err := gateways.Named(f.Gateway)
				if err != nil {
					return durable.Outcome{}, err
				}
				done, err := gateway.Point(ctx, t, Pointing{Entry: f.Entry, SecretID: f.SecretID, Listeners: []string{f.Listener}})
				if err != nil {
					return durable.Outcome{}, err
				}
				if !done {
					return durable.Park(), nil
				}
				if s.PutBack++; s.PutBack < len(s.Former) {
					return durable.GoTo(stepPutListenersBack), nil // one wish to the lane for each turn
				}
			}
			return durable.Done(), nil
		},
	}
}
