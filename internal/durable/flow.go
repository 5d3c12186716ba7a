package durable

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Turn is what a step may know about its own run.
type Turn struct {
	Instance string
	Flow     string
	Claim    string
	Step     string
	Seq      int64
	Attempt  int       // unexpected errors of this step in a row
	Created  time.Time // when the instance was started
	Since    time.Time // when the step was entered
	Now      time.Time
	Woken    bool   // the message said that something has happened
	Granted  string // the id of an item whose answer is yes, if the message named one
	// Redelivered: the host had no answer to an earlier delivery of the message,
	// so an earlier run of this very turn may have died anywhere.
	Redelivered bool
	Ending      *Ending // not nil in clean-up
	// RequestedBy is who asked for the instance.
	RequestedBy string
}

// Current is the message that runs this very turn again.
func (t Turn) Current() Message { return Message{Instance: t.Instance, Step: t.Step, Seq: t.Seq} }

// Step is one unit of work: it may run more than once for the same turn, so it
// first asks the state, then the remote system, whether its work is done.
type Step[S any] struct {
	// Name is stored and published; it never changes.
	Name string
	// Says is the published sentence; {hostname} stands for the flow's subject.
	Says string
	// Title says for a list of steps what the step does: "Place the order".
	Title string
	// Within bounds the whole step, waiting and errors included (default 6 hours,
	// 1 hour in clean-up). A step that is not done by then fails with what it was
	// waiting for. It is long because most of what can go wrong is that somebody
	// else's service is away for a while, and an instance costs nothing meanwhile.
	Within time.Duration
	// Timeout bounds one run (default 90 seconds, below the host's functionTimeout).
	Timeout time.Duration
	// Lease makes the step exclusive: a run stores a claim on the row before it
	// has an effect, and no second run starts within this time.
	Lease time.Duration
	// Attempts is how many unexpected errors in a row the step may have. 0 means
	// as many as its time allows. For steps whose errors are mostly not an outage
	// but somebody's mistake, who should hear of it soon.
	Attempts int
	// Needed, if set, reports whether the step has anything to do. One that has not is
	// passed over when it would be entered: no turn, no message, no call of the store.
	Needed func(s *S) bool
	// Run does the work and changes s; s is stored if the turn is.
	Run func(ctx context.Context, t Turn, s *S) (Outcome, error)
}

// Flow is an ordered list of steps over one state type.
type Flow[S any] struct {
	Name  string
	Title string // for people: one or two words, such as "Add"
	Steps []Step[S]
	// CleanUp runs, in order, when the flow fails or is terminated.
	CleanUp []Step[S]
	// Begin makes the first state from the input.
	Begin func(input json.RawMessage) (S, error)
	// Subject replaces {hostname} in sentences.
	Subject func(s *S) string
	// Finished is the message of a completed instance.
	Finished string
	// Output is the published output of a completed instance; nil for none.
	Output func(s *S) any
	// PartialOutput is the published output of an instance that failed or was
	// terminated, made when its clean-up is over; nil for none.
	PartialOutput func(s *S) any
	// Forget drops the state of an instance when it ends, so that only its input
	// and output stay: for flows whose output repeats most of a large state.
	Forget bool
	// Hidden keeps instances of this flow out of people's lists.
	Hidden bool
}

// Definition is a flow without its state type, as the Runner holds it.
type Definition struct {
	name     string
	title    string
	finished string
	hidden   bool
	forget   bool
	steps    []step
	cleanUp  []step
	begin    func(json.RawMessage) (json.RawMessage, error)
	says     func(sentence string, state json.RawMessage) string
	output   func(json.RawMessage) (json.RawMessage, error)
	partial  func(json.RawMessage) (json.RawMessage, error)
}

type step struct {
	name     string
	says     string
	title    string
	within   time.Duration
	timeout  time.Duration
	lease    time.Duration
	attempts int
	needed   func(state json.RawMessage) bool
	run      func(context.Context, Turn, json.RawMessage) (json.RawMessage, Outcome, error)
}

// Limits of steps that set none. Clean-up has less, because until it is over the
// instance holds its claim, and nobody can ask again.
const (
	stepWithin    = 6 * time.Hour
	cleanUpWithin = time.Hour
)

// Define erases the state type and fills in defaults. It panics on a flow that
// can never run (no steps, a nameless or doubled step): a programming error.
func (f Flow[S]) Define() Definition {
	d := Definition{name: f.Name, title: f.Title, finished: f.Finished, hidden: f.Hidden, forget: f.Forget, steps: defineSteps(f.Steps, stepWithin), cleanUp: defineSteps(f.CleanUp, cleanUpWithin)}
	if len(d.steps) == 0 {
		panic("durable: flow " + f.Name + " has no steps")
	}
	d.begin = func(input json.RawMessage) (json.RawMessage, error) {
		s, err := f.Begin(input)
		if err != nil {
			return nil, err
		}
		return json.Marshal(s)
	}
	d.says = func(sentence string, state json.RawMessage) string {
		var s S
		if f.Subject == nil || json.Unmarshal(state, &s) != nil {
			return sentence
		}
		return strings.ReplaceAll(sentence, "{hostname}", f.Subject(&s))
	}
	d.output, d.partial = defineOutput(f.Output), defineOutput(f.PartialOutput)
	return d
}

func defineOutput[S any](output func(s *S) any) func(json.RawMessage) (json.RawMessage, error) {
	return func(state json.RawMessage) (json.RawMessage, error) {
		if output == nil {
			return nil, nil
		}
		var s S
		if err := json.Unmarshal(state, &s); err != nil {
			return nil, fmt.Errorf("decode state: %w", err)
		}
		return json.Marshal(output(&s))
	}
}

func defineSteps[S any](steps []Step[S], within time.Duration) []step {
	seen := map[string]bool{}
	out := make([]step, 0, len(steps))
	for _, s := range steps {
		if s.Name == "" || s.Run == nil || seen[s.Name] {
			panic("durable: step " + s.Name + " is nameless, doubled or has nothing to run")
		}
		seen[s.Name] = true
		out = append(out, step{
			name: s.Name, says: s.Says, title: s.Title, lease: s.Lease,
			within: orElse(s.Within, within), timeout: orElse(s.Timeout, 90*time.Second), attempts: s.Attempts,
			needed: func(raw json.RawMessage) bool {
				if s.Needed == nil {
					return true
				}
				var state S
				// Where the state cannot be read, the run of the step says so.
				return json.Unmarshal(raw, &state) != nil || s.Needed(&state)
			},
			run: func(ctx context.Context, t Turn, raw json.RawMessage) (json.RawMessage, Outcome, error) {
				var state S
				if err := json.Unmarshal(raw, &state); err != nil {
					return nil, Outcome{}, &Transient{Public: "What is stored of this instance cannot be read by the release that runs.", Err: fmt.Errorf("decode state: %w", err)}
				}
				outcome, err := s.Run(ctx, t, &state)
				after, encErr := json.Marshal(state)
				if encErr != nil {
					return nil, Outcome{}, fmt.Errorf("encode state: %w", encErr)
				}
				return after, outcome, err
			},
		})
	}
	return out
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Sentences lists each step's name and sentence, those of clean-up apart.
func (d Definition) Sentences() (steps, cleanUp [][2]string) {
	for _, s := range d.steps {
		steps = append(steps, [2]string{s.name, s.says})
	}
	for _, s := range d.cleanUp {
		cleanUp = append(cleanUp, [2]string{s.name, s.says})
	}
	return steps, cleanUp
}

// from is the first of the steps that is needed; nil if none is.
func from(steps []step, state json.RawMessage) *step {
	for i := range steps {
		if steps[i].needed(state) {
			return &steps[i]
		}
	}
	return nil
}

// find returns the named step of the phase and those from it on.
func (d Definition) find(name string, ending bool) (current *step, onwards []step) {
	list := d.steps
	if ending {
		list = d.cleanUp
	}
	for i := range list {
		if list[i].name == name {
			return &list[i], list[i:]
		}
	}
	return nil, nil
}
