package batch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// FlowTakeOver is the flow of one request that takes many listeners over. Published.
const FlowTakeOver = "TakeOverFunctions"

// takeOversWithin is longer than the planned orders of a full gateway take, one a week.
const takeOversWithin = 400 * 24 * time.Hour

// TakeOverInput is the published input of a take-over of many.
type TakeOverInput struct {
	Listeners []issuance.TakeOverInput `json:"listeners"`
}

// TakeOver takes listeners over: one child for each, those that are ordered as
// AddCertificateFunctions, at the time that is planned for them. Its steps are those of
// AddMultiple.
//
// The engine must know both kinds of children.
func TakeOver(engine Engine, instances Instances) durable.Definition {
	return parent(FlowTakeOver, "Take over", takeOversWithin, "Every listener is taken over.", beginTakeOver, engine, instances)
}

func beginTakeOver(input json.RawMessage) (state, error) {
	var in TakeOverInput
	if err := json.Unmarshal(input, &in); err != nil {
		return state{}, fmt.Errorf("decode input: %w", err)
	}
	if len(in.Listeners) == 0 || len(in.Listeners) > MaxHostnames {
		return state{}, fmt.Errorf("want 1 to %d listeners, got %d", MaxHostnames, len(in.Listeners))
	}
	var s state
	for _, l := range in.Listeners {
		if l.Listener == "" || len(l.Hostnames) == 0 {
			return state{}, errors.New("a listener has no name or no hostname")
		}
		s.Children = append(s.Children, child{Hostname: l.Hostnames[0].Hostname, Listener: &l, Waits: !l.At.IsZero()})
	}
	return s, nil
}

// TakeOverStart is the start of a take-over of many. One of the same listeners is joined.
func TakeOverStart(in TakeOverInput) (durable.Start, error) {
	input, err := json.Marshal(in)
	if err != nil {
		return durable.Start{}, fmt.Errorf("encode the input of a take-over: %w", err)
	}
	names := make([]string, 0, len(in.Listeners))
	for _, l := range in.Listeners {
		names = append(names, strings.ToLower(l.Listener))
	}
	slices.Sort(names)
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return durable.Start{Flow: FlowTakeOver, Claim: "listener-set:" + hex.EncodeToString(sum[:]), Input: input, Joins: func(active *durable.Instance) bool { return active.Flow == FlowTakeOver }}, nil
}
