package issuance

import (
	"context"

	"certgate/internal/durable"
)

// abandonOrder gives back what an unfinished issuance holds elsewhere: the
// pending operation in the vault, and authorizations that will not be answered,
// which count against the CA's limits (RFC 8555 section 7.5.2). The name may not
// be in the state yet if the run that made the operation died: so every name
// that it can have is looked at; operations for other hostnames are left alone.
func abandonOrder(authorities Authorities, vault Vault) durable.Step[State] {
	return durable.Step[State]{
		Name:  "AbandonOrderStep",
		Says:  "Giving back the unfinished order for {hostname}.",
		Title: "Give back the order",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			if s.Order.URL == "" && s.Orders == 0 && len(s.Tried) == 0 {
				return durable.Done(), nil // no order was placed, so no version was begun
			}
			ca, err := s.authority(authorities)
			if err == nil && s.Certificate.Version == "" { // else there is nobody to give them back to
				for _, url := range s.Order.Authorizations {
					if err := ca.Deactivate(ctx, url); err != nil {
						return durable.Outcome{}, err
					}
				}
			}
			for _, name := range s.possibleNames() {
				if err := vault.DiscardPending(ctx, name, s.names()); err != nil {
					return durable.Outcome{}, err
				}
			}
			return durable.Done(), nil
		},
	}
}
