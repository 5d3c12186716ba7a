package gatewaylane

import (
	"context"
	"encoding/json"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	stepApply = "ApplyGatewayChangesStep"
	stepAwait = "AwaitGatewayUpdateStep"
	stepTell  = "AnswerWaitingRequestsStep"
)

const (
	// applyTimeout is shorter than applyLease, so that no run outlives its lease
	// and writes beside the next one.
	applyTimeout = 90 * time.Second
	applyLease   = 2 * time.Minute
	// updateLimit bounds one update of a gateway. Most take one or two minutes,
	// twenty have been seen; the rest is for Resource Manager to be away, and less
	// than those wait who want the gateway.
	updateLimit = 3 * time.Hour
)

// Definition is the lane as a flow.
func (l *Lane) Definition() durable.Definition { return Definition(l) }

// Definition is the flow of all lanes: an instance's claim says which one it is.
func Definition(lanes ...*Lane) durable.Definition {
	of := func(run func(*Lane, context.Context, durable.Turn, *State) (durable.Outcome, error)) func(context.Context, durable.Turn, *State) (durable.Outcome, error) {
		return func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			for _, l := range lanes {
				if l.Claim() == t.Claim {
					return run(l, ctx, t, s)
				}
			}
			return durable.Fail(issuance.CodeGatewayUnknown, "The settings do not have this gateway any more, so it is not changed."), nil
		}
	}
	return durable.Flow[State]{
		Name:   FlowName,
		Hidden: true,
		Steps: []durable.Step[State]{
			{Name: stepApply, Says: "Changing the Application Gateway.", Timeout: applyTimeout, Lease: applyLease, Within: updateLimit, Run: of((*Lane).apply)},
			{Name: stepAwait, Says: "Waiting for the Application Gateway to take the change.", Within: updateLimit, Run: of((*Lane).await)},
		},
		CleanUp: []durable.Step[State]{
			{Name: stepTell, Says: "Telling everybody who waits for the Application Gateway.", Run: lanes[0].tell},
		},
		Begin:    func(json.RawMessage) (State, error) { return State{}, nil },
		Finished: "The Application Gateway has every wanted change.",
	}.Define()
}

// State is what the lane remembers between turns. Requests are in the mailbox;
// here are only their item ids.
type State struct {
	// Gathering counts the turns that waited for others before the next write.
	Gathering int `json:"gathering,omitempty"`

	// The write that is out, if any.
	Written bool     `json:"written,omitempty"`
	Token   string   `json:"token,omitempty"` // to poll it; empty if there is nothing to poll
	Batch   []string `json:"batch,omitempty"` // the requests in it
	// Redrive: it changes nothing and only makes the gateway leave its failed state.
	Redrive bool `json:"redrive,omitempty"`
	// Redriven: that has been tried, once is enough.
	Redriven bool `json:"redriven,omitempty"`

	// Groups are the parts of a refused batch, each to be written by itself.
	Groups [][]string `json:"groups,omitempty"`
	// Added are certificates that this lane wrote and that do not stand yet. A
	// refused write can stay in the gateway's document and then spoil every later
	// one, so what is not in the next batch is taken out again.
	Added []string `json:"added,omitempty"`

	Collisions int `json:"collisions,omitempty"` // writes lost to others since the last success
	Missing    int `json:"missing,omitempty"`    // rounds whose result was gone when the update was over
}

// write notes that a write is out.
func (s *State) write(token string, batch []post, redrive bool) {
	s.Written, s.Token, s.Batch, s.Redrive = true, token, ids(batch), redrive
}

// settled forgets the write, because its result is known or not to be had.
func (s *State) settled() {
	s.Written, s.Token, s.Batch, s.Redrive = false, "", nil, false
}
