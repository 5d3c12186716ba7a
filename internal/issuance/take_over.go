package issuance

import (
	"encoding/json"
	"fmt"
	"time"

	"certgate/internal/durable"
)

// The flows that take listeners over and give them back. Published.
const (
	FlowTakeOverListener = "TakeOverListenerFunctions"
	FlowGiveBackListener = "GiveBackListenerFunctions"
	FlowUnpinListener    = "UnpinListenerFunctions"
)

// TakeOverInput is the published input of the take-over of one listener.
type TakeOverInput struct {
	Listener  string          `json:"listener"`
	Hostnames []InputHostname `json:"hostnames"`
	// How is adopt or order; "" is whichever is possible.
	How                   string `json:"how,omitempty"`
	AcceptDomainValidated bool   `json:"acceptDomainValidated,omitempty"`
	// At is when its order is planned; zero for at once.
	At time.Time `json:"at,omitzero"`
	// Refused by a look before: the first step says why, afresh.
	Refused bool `json:"refused,omitempty"`
}

// Ordered reports whether a certificate is ordered for the listener.
func (in TakeOverInput) Ordered() bool { return in.How == "order" && !in.Refused }

// TakeOverListener is the start of the take-over of one listener: an issuance, or the
// adoption of what it has. The same one is joined.
func TakeOverListener(in TakeOverInput) (durable.Start, error) {
	if in.Ordered() && len(in.Hostnames) == 1 {
		return TakeOver(in.Hostnames[0].Hostname)
	}
	if in.Ordered() {
		all := AddInput{TakeOver: true}
		for _, h := range in.Hostnames {
			all.Hostnames = append(all.Hostnames, Wanted{Hostname: h.Hostname})
		}
		return AddAll(all)
	}
	input, err := json.Marshal(in)
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of the take-over of %s: %w", in.Listener, err)
	}
	joins := func(active *durable.Instance) bool { return active.Flow == FlowTakeOverListener }
	return durable.Start{Flow: FlowTakeOverListener, Claim: Claim(in.Hostnames[0].Hostname), Input: input, Joins: joins}, nil
}
