package durable

import (
	"context"
	"time"
)

// Observer is told what a Runner of this process does, for traces and figures. It
// has no say: it returns at once, does no I/O and keeps no pointer that it is
// given. Two runs of one turn are told of twice, each with its own result.
type Observer interface {
	// Turn is told before a step runs, and the step runs with the context that it
	// returns. ended is called once, when the turn is stored and its messages are
	// sent, or when that failed.
	Turn(ctx context.Context, inst *Instance, t Turn) (running context.Context, ended func(TurnEnd))
	// Stored is told of what was stored outside of a turn: an instance was rescued,
	// woken, terminated or failed by its poison message.
	Stored(ctx context.Context, inst *Instance, e Event)
}

// TurnResult is what became of one run of a turn.
type TurnResult string

const (
	TurnDone      TurnResult = "done"
	TurnWaiting   TurnResult = "waiting"
	TurnRetrying  TurnResult = "retrying" // an unexpected error spent an attempt
	TurnFailed    TurnResult = "failed"
	TurnParked    TurnResult = "parked"    // waits to be woken; nothing was stored
	TurnLost      TurnResult = "lost"      // another run stored the turn first
	TurnNotStored TurnResult = "notStored" // storage refused; the message comes again
)

// TurnResults lists every result.
func TurnResults() []TurnResult {
	return []TurnResult{TurnDone, TurnWaiting, TurnRetrying, TurnFailed, TurnParked, TurnLost, TurnNotStored}
}

// TurnEnd is the end of one run of a turn.
type TurnEnd struct {
	Result TurnResult
	// Event is the history row that was stored; the zero value if none was.
	Event Event
	// Took is how long the step itself ran, storage apart.
	Took time.Duration
	// Instance is the row that was stored; without an Event it is only what the run
	// made of it.
	Instance *Instance
}

// Observe adds observers. Not safe once messages are handled.
func (r *Runner) Observe(o ...Observer) { r.observers = append(r.observers, o...) }

// began tells of a turn that begins; ended must be called.
func (r *Runner) began(ctx context.Context, inst *Instance, t Turn) (running context.Context, ended func(TurnEnd)) {
	tell := make([]func(TurnEnd), len(r.observers))
	for i, o := range r.observers {
		ctx, tell[i] = o.Turn(ctx, inst, t)
	}
	return ctx, func(end TurnEnd) {
		for i := len(tell) - 1; i >= 0; i-- {
			tell[i](end)
		}
	}
}

func (r *Runner) stored(ctx context.Context, inst *Instance, e Event) {
	for _, o := range r.observers {
		o.Stored(ctx, inst, e)
	}
}

// resultOf is the result that a stored turn's history row stands for.
func resultOf(e Event) TurnResult {
	switch e.Kind {
	case EventWaiting:
		return TurnWaiting
	case EventRetrying:
		return TurnRetrying
	case EventFailed:
		return TurnFailed
	}
	return TurnDone
}
