package issuance

import (
	"context"

	"certgate/internal/durable"
)

// getPublicIP learns where the gateway is, and what is there for the hostnames. Reading
// again is harmless.
func getPublicIP(gateway Gateway, occupants Occupants) durable.Step[State] {
	return durable.Step[State]{
		Name:  "GetApplicationGatewayPublicIpStep",
		Says:  "Getting Application Gateway public IP address.",
		Title: "Look up the gateway’s address",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			ips, err := gateway.PublicAddresses(ctx)
			if err != nil {
				return durable.Outcome{}, err
			}
			s.GatewayIPs = ips
			note, err := s.occupied(ctx, occupants)
			return durable.Done().Noting(note), err
		},
	}
}
