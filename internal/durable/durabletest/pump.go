package durabletest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/memstore"
)

// Limits of the Functions host's queue listener, which the Pump copies.
const (
	hostLease      = 10 * time.Minute
	hostMaxDequeue = 5
)

var (
	// ErrDry says that the queue is empty and the wanted state was not reached.
	ErrDry = errors.New("the queue is empty")
	// ErrTurns says that the bound on deliveries was reached first.
	ErrTurns = errors.New("too many deliveries")
)

// Pump delivers the messages of a memory queue as the Functions host does, on a
// clock that it moves itself: a flow that waits for days runs in no time.
type Pump struct {
	Queue *memstore.Queue
	Clock *Clock
	// Handle runs one message; dequeueCount is 1 for a first delivery. An error
	// gives the message back.
	Handle func(ctx context.Context, m durable.Message, dequeueCount int) error
	// Twice delivers every message a second time at once, as a copy: a first
	// delivery of its own, with the same dequeue count.
	Twice bool
	// LoseDeletes delivers every message once more after it was handled, because
	// the host died before it deleted it: same message, next dequeue count.
	LoseDeletes bool
	// MaxDequeue is how often a failing message is tried before it is poison; 0
	// means 5, the host's default.
	MaxDequeue int
	// RetryAfter is the pause before a failed message is delivered again
	// (visibilityTimeout in host.json).
	RetryAfter time.Duration
	// Poison, if set, is given every message that was tried MaxDequeue times.
	Poison func(ctx context.Context, m durable.Message) error
	// OnError, if set, sees the errors of Handle.
	OnError func(m durable.Message, dequeueCount int, err error)
}

// Until delivers messages until done reports true, which it asks before each
// delivery. It returns ErrDry or ErrTurns (at most turns deliveries) if that
// does not happen, and an error of Poison at once.
func (p *Pump) Until(ctx context.Context, done func() bool, turns int) error {
	for range turns {
		if done() {
			return nil
		}
		if err := p.deliver(ctx); err != nil {
			return err
		}
	}
	if done() {
		return nil
	}
	return fmt.Errorf("%w: %d", ErrTurns, turns)
}

// Drain delivers until the queue is empty, or ErrTurns.
func (p *Pump) Drain(ctx context.Context, turns int) error {
	return p.Until(ctx, func() bool { return p.Queue.Len() == 0 }, turns)
}

// deliver hands over the next message, moving the clock on if none is visible.
func (p *Pump) deliver(ctx context.Context) error {
	at, ok := p.Queue.NextVisible()
	if !ok {
		return ErrDry
	}
	p.Clock.AdvanceTo(at)
	d, ok := p.Queue.Receive(hostLease)
	if !ok {
		return errors.New("the queue and the pump are on different clocks")
	}
	err := p.handle(ctx, d.Message, d.DequeueCount)
	if p.Twice {
		err = errors.Join(err, p.handle(ctx, d.Message, d.DequeueCount))
	}
	limit := p.MaxDequeue
	if limit == 0 {
		limit = hostMaxDequeue
	}
	switch {
	case err != nil && d.DequeueCount >= limit:
		if p.Queue.Bury(d) && p.Poison != nil {
			return p.Poison(ctx, d.Message)
		}
	case err != nil:
		p.Queue.Release(d, p.RetryAfter)
	case p.LoseDeletes && d.DequeueCount == 1:
		p.Queue.Release(d, 0)
	default:
		p.Queue.Delete(d)
	}
	return nil
}

func (p *Pump) handle(ctx context.Context, m durable.Message, dequeueCount int) error {
	err := p.Handle(ctx, m, dequeueCount)
	if err != nil && p.OnError != nil {
		p.OnError(m, dequeueCount, err)
	}
	return err
}
