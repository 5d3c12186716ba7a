package issuance

import (
	"context"

	"certgate/internal/durable"
)

// getPublicIP learns where the gateways are, and what is there for the hostnames. Reading
// again is harmless.
func getPublicIP(gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:  "GetApplicationGatewayPublicIpStep",
		Says:  "Getting Application Gateway public IP address.",
		Title: "Look up the gateway’s address",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			if err := s.locate(ctx, gateways); err != nil {
				return durable.Outcome{}, err
			}
			note, err := s.occupied(ctx, gateways)
			return durable.Done().Noting(note), err
		},
	}
}
