package durable

import (
	"context"
	"errors"
	"time"
)

const (
	// patientUntil is the delivery of a message at which the engine steps in when
	// the store is away. It is below the host's maxDequeueCount (5 in host.json),
	// after which the message would be poison and its instance would fail.
	patientUntil = 3
	// storePause is how long such a message then stays away. It is not known when
	// the store is back, and every message asks at this pace.
	storePause = 30 * time.Second
)

// awayError is an error of the store that says nothing about the instance: the
// store is out of reach, too busy, or does not let us in.
type awayError struct{ err error }

func (e *awayError) Error() string { return e.err.Error() }
func (e *awayError) Unwrap() error { return e.err }

// away marks what the store could not do, unless it will never be able to, or has
// done it and what it holds is damaged.
func away(err error) error {
	if err == nil || errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrUnstorable) || Unreadable(err) {
		return err
	}
	return &awayError{err}
}

// patient keeps a message out of the poison queue while the store is away, however
// long that is: before the host gives up on it, a copy of it takes its place. It
// says of itself that it is a redelivery, because the earlier runs may have stored
// their turn and never heard of it. If this process dies between the copy and its
// answer, both come, and the second is a duplicate like any other.
func (r *Runner) patient(ctx context.Context, m Message, d Delivery, err error) error {
	if d.Count < patientUntil || !errors.As(err, new(*awayError)) {
		return err
	}
	m.Resent = true
	if sendErr := r.queue.Send(ctx, m, storePause); sendErr != nil {
		return errors.Join(err, sendErr)
	}
	r.log.ErrorContext(ctx, "the store is away; the message goes round until it is back", "instance", m.Instance, "step", m.Step, "turn", m.Seq, "error", err)
	return nil
}
