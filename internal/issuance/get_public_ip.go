package issuance

import (
	"context"

	"certgate/internal/durable"
)

// getPublicIP learns where the gateway is. Reading again is harmless.
func getPublicIP(gateway Gateway) durable.Step[State] {
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
			return durable.Done(), nil
		},
	}
}
