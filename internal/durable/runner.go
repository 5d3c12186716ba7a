package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Runner moves instances on. It holds no state that a second Runner on another
// machine would miss: a crash at any line loses nothing.
type Runner struct {
	store     Store
	queue     Queue
	clock     func() time.Time
	random    func() float64
	log       *slog.Logger
	flows     map[string]Definition
	rows      *rowCache
	onEnd     []func(context.Context, *Instance) error
	observers []Observer
}

// Config is what a Runner is made of. Clock, Random and Log may be left out.
type Config struct {
	Store Store
	Queue Queue
	Flows []Definition
	Clock func() time.Time
	// Random returns numbers in [0,1) for jitter.
	Random func() float64
	Log    *slog.Logger
}

// NewRunner makes a Runner. It does no I/O.
func NewRunner(c Config) *Runner {
	r := &Runner{store: c.Store, queue: c.Queue, clock: c.Clock, random: c.Random, log: c.Log, flows: map[string]Definition{}, rows: newRowCache(2048)}
	if r.clock == nil {
		r.clock = time.Now
	}
	if r.random == nil {
		r.random = rand.Float64
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	for _, f := range c.Flows {
		r.flows[f.name] = f
	}
	return r
}

// Add makes one more flow known. A flow whose steps start instances of other
// flows needs the Runner first. Not safe once messages are handled.
func (r *Runner) Add(f Definition) { r.flows[f.name] = f }

// Now is the Runner's time, in UTC at the precision of the store.
func (r *Runner) Now() time.Time { return r.clock().UTC().Truncate(time.Millisecond) }

// Start asks for an instance.
type Start struct {
	Flow        string
	Claim       string // unique among active instances, such as "hostnames:example.com"
	Input       json.RawMessage
	RequestedBy string
	Parent      string // the instance on whose behalf this one is started, if any
	Mail        []Item // put into its inbox, in the same transaction
	// Once, if not empty, says for what there is one instance, ever. Whoever asks
	// again gets the same one, also when it has ended (unless it has been purged).
	Once string
	// Joins says whether an active instance that holds the claim does what this one is
	// to do, so that its id is the answer; nil: one of the same flow and input. One that
	// is in its clean-up never does.
	Joins func(active *Instance) bool
}

// startTries bounds how often Start meets a claim that changes hands at this moment.
const startTries = 4

// Start stores a new instance and sends its first message. If an active one holds the
// claim and may be joined, its id is returned with existing = true and nothing is
// stored; one that does something else, or is in its clean-up, is a *BusyError. If it
// has not taken its first step, its first message is sent again, because this may be
// the repeat of a start that died between row and message. A message that cannot be sent
// is an error, though the row is stored: nobody is told of an instance that stands still.
// Asking again sends it, and if nobody does, the rescue timer. If the row of the one that holds the claim cannot be read, that is an *UnreadableError; one
// of a hidden flow is replaced, and so is one whose row is lost.
func (r *Runner) Start(ctx context.Context, s Start) (id string, existing bool, err error) {
	flow, ok := r.flows[s.Flow]
	if !ok {
		return "", false, fmt.Errorf("start: unknown flow %q", s.Flow)
	}
	newID := NewID(s.Claim)
	if s.Once != "" {
		newID = onceID(s.Claim, s.Once)
	}
	inst, started, err := flow.beginInstance(newID, s, r.Now())
	if err != nil {
		return "", false, err
	}
	for tries := 1; ; tries++ {
		err = r.store.Create(ctx, inst, started, s.Mail...)
		var claimed *ClaimedError
		if !errors.As(err, &claimed) {
			break
		}
		id, err := r.join(ctx, s, newID, claimed.Instance, tries)
		if id != "" || err != nil {
			return id, err == nil, err
		}
		if tries == startTries {
			return "", false, fmt.Errorf("create instance of %s: the claim changes hands too often: %w", s.Flow, ErrConflict)
		}
	}
	if err != nil {
		if s.Once != "" && errors.Is(err, ErrConflict) {
			return newID, true, nil
		}
		return "", false, fmt.Errorf("create instance of %s: %w", s.Flow, err)
	}
	r.rows.put(inst)
	if err := r.publish(ctx, inst); err != nil {
		return "", false, err
	}
	return inst.ID, false, nil
}

// publish sends the messages that the row stands for: those to others, then its
// own. Sending them twice is harmless.
func (r *Runner) publish(ctx context.Context, inst *Instance) error {
	for _, m := range inst.Outbox {
		if err := r.queue.Send(ctx, m, 0); err != nil {
			return fmt.Errorf("send message to instance %s: %w", m.Instance, err)
		}
	}
	if inst.Status.Ended() {
		return r.ended(ctx, inst)
	}
	if err := r.queue.Send(ctx, inst.Current(), max(inst.DueAt.Sub(r.Now()), 0)); err != nil {
		return fmt.Errorf("send message to instance %s: %w", inst.ID, err)
	}
	return nil
}
