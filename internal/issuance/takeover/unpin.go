package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
)

// UnpinInput is the published input of unpinning.
type UnpinInput struct {
	Listener string `json:"listener"`
	Entry    string `json:"entry"`
	SecretID string `json:"secretId"` // versionless
}

// UnpinStart is the start of unpinning a listener's reference. One for the same entry is
// joined.
func UnpinStart(r *inventory.Row) (durable.Start, error) {
	input, err := json.Marshal(UnpinInput{r.Name, r.Entry, r.SecretID})
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of unpinning %s: %w", r.Name, err)
	}
	return durable.Start{Flow: issuance.FlowUnpinListener, Claim: "entry:" + r.Entry, Input: input, Joins: func(active *durable.Instance) bool { return active.Flow == issuance.FlowUnpinListener }}, nil
}

// Unpin lets a certificate entry of the gateway follow the newest version of its secret:
// one write, the same certificate.
func Unpin(p Ports) durable.Definition {
	return durable.Flow[UnpinInput]{
		Name:  issuance.FlowUnpinListener,
		Title: "Unpin",
		Steps: []durable.Step[UnpinInput]{{
			Name:   "UnpinListenerStep",
			Says:   "Letting the gateway’s listener {hostname} follow the newest version of its certificate.",
			Title:  "Take the version out of the reference",
			Within: 6 * time.Hour,
			Run: func(ctx context.Context, t durable.Turn, s *UnpinInput) (durable.Outcome, error) {
				done, err := p.Lane.Point(ctx, t, issuance.Pointing{Entry: s.Entry, SecretID: s.SecretID})
				if err != nil {
					return durable.Outcome{}, err
				}
				if !done {
					return durable.Park(), nil
				}
				return durable.Done(), nil
			},
		}},
		Begin: func(input json.RawMessage) (s UnpinInput, err error) {
			if err := json.Unmarshal(input, &s); err != nil {
				return s, fmt.Errorf("decode input: %w", err)
			}
			if s.Entry == "" || s.SecretID == "" {
				return s, errors.New("the input names no entry or no secret")
			}
			return s, nil
		},
		Subject:  func(s *UnpinInput) string { return s.Listener },
		Finished: "The gateway follows the newest version from now on.",
	}.Define()
}
