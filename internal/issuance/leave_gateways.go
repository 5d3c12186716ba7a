package issuance

import (
	"context"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

const stepLeaveGateways = "LeaveGatewaysStep"

// leaveGateways takes the certificate off the gateways that are not to serve it any more:
// last of all, when those that are to serve it do. One gateway a turn, as configureGateway.
// The record names a gateway until the certificate is off it, so a failure loses none. A
// second run finds what is off to be off.
func leaveGateways(gateways Gateways, records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepLeaveGateways,
		Says:   "Taking {hostname} off the gateways that it leaves.",
		Title:  "Leave other gateways",
		Within: 6 * time.Hour,
		Needed: func(s *State) bool { return len(s.Leaves) > 0 },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if s.Left < len(s.Leaves) {
				name := s.Leaves[s.Left]
				gateway, err := gateways.Named(name)
				if err != nil {
					return durable.Outcome{}, err
				}
				gone, err := gateway.Retire(ctx, t, s.Certificate.Name, s.Certificate.SecretID)
				if err != nil {
					return durable.Outcome{}, on(name, append(slices.Clone(s.Leaves), s.gateways()...), err)
				}
				if !gone {
					return durable.Park(), nil
				}
				if s.Left++; s.Left < len(s.Leaves) {
					return durable.GoTo(stepLeaveGateways), nil
				}
			}
			return durable.Done(), managed.Change(ctx, records, s.Certificate.Name, func(r *managed.Record) bool {
				before := len(r.Former)
				r.Former = slices.DeleteFunc(r.Former, func(f managed.Former) bool {
					return slices.ContainsFunc(s.Leaves, func(name string) bool { return strings.EqualFold(managed.KeptGateway(name), f.Gateway) })
				})
				if slices.Equal(r.Gateways, s.Gateways) && len(r.Former) == before {
					return false
				}
				r.Gateways = s.Gateways
				return true
			})
		},
	}
}
