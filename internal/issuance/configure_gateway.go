package issuance

import (
	"context"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// stepConfigureGateway is where a flow goes that has its certificate already.
const stepConfigureGateway = "ConfigureApplicationGatewayStep"

// configureGateway hands the listener to the gateway's one writer and parks
// until that wakes it. A gateway update takes up to many minutes, and a queue of
// them longer, hence the limit.
func configureGateway(lane Lane) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepConfigureGateway,
		Says:   "Configuring Application Gateway to use the new certificate.",
		Title:  "Configure the gateway",
		Within: 6 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			stands, remarks, err := lane.Want(ctx, t, s.listener())
			if err != nil {
				return durable.Outcome{}, err
			}
			if !stands {
				return durable.Park(), nil
			}
			if !s.Renewal { // nothing is new for a renewal's hostname
				s.Warnings = append(s.Warnings, remarks...)
			}
			return durable.Done(), nil
		},
	}
}

func (s *State) listener() Listener {
	return Listener{Name: s.Certificate.Name, Hostname: s.Hostname, Hostnames: s.several(), Exact: s.Exact, SecretID: s.Certificate.SecretID, KeyType: managed.KeyType(s.Certificate.Leaf)}
}
