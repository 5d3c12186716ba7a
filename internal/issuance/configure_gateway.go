package issuance

import (
	"context"
	"errors"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// stepConfigureGateway is where a flow goes that has its certificate already.
const stepConfigureGateway = "ConfigureApplicationGatewayStep"

// configureGateway hands the listener to the gateway's one writer and parks
// until that wakes it: to that of one gateway after the other, a turn each. One that
// refuses it keeps the others from nothing. A gateway update takes up to many minutes,
// and a queue of them longer, hence the limit.
func configureGateway(gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepConfigureGateway,
		Says:   "Configuring Application Gateway to use the new certificate.",
		Title:  "Configure the gateway",
		Within: 6 * time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			names := s.gateways()
			if s.Configured < len(names) {
				name := names[s.Configured]
				gateway, err := gateways.Named(name)
				if err != nil {
					return durable.Outcome{}, err
				}
				stands, remarks, err := gateway.Want(ctx, t, s.listener(name))
				var refusal *durable.Failure
				switch {
				case errors.As(err, &refusal) && len(names) > 1:
					s.Refused = append(s.Refused, Refusal{Gateway: name, Code: refusal.Code, Message: refusal.Message})
				case err != nil:
					return durable.Outcome{}, err
				case !stands:
					return durable.Park(), nil
				}
				if !s.Renewal { // nothing is new for a renewal's hostname
					s.Warnings = append(s.Warnings, remarks...)
				}
				if s.Configured++; s.Configured < len(names) {
					return durable.GoTo(stepConfigureGateway), nil
				}
			}
			return durable.Done(), s.refusedBy(names)
		},
	}
}

func (s *State) listener(gateway string) Listener {
	return Listener{Name: s.Certificate.Name, Gateway: managed.KeptGateway(gateway), Hostname: s.Hostname, Hostnames: s.several(), Exact: s.Exact, SecretID: s.Certificate.SecretID, KeyType: managed.KeyType(s.Certificate.Leaf)}
}

// Refusal is why one of several gateways does not have the listener.
type Refusal struct {
	Gateway string `json:"gateway"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refusedBy is the error of the gateways that do not have the listener.
func (s *State) refusedBy(names []string) error {
	var all []error
	for _, r := range s.Refused {
		all = append(all, on(r.Gateway, names, &durable.Failure{Code: r.Code, Message: r.Message}))
	}
	return together(len(names), "gateways", all)
}
