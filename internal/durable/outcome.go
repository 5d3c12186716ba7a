package durable

import (
	"errors"
	"fmt"
	"time"
)

// Outcome is a step's answer. Make it with Done, GoTo, Wait, Park or Fail.
type Outcome struct {
	kind    outcomeKind
	delay   time.Duration
	reason  string
	code    string
	next    string
	note    string
	outbox  []Message
	answers []Item
	drops   []string
	mark    string
}

type outcomeKind int

const (
	outcomeNone outcomeKind = iota
	outcomeDone
	outcomeGoTo
	outcomeWait
	outcomePark
	outcomeFail
)

// Done goes on to the next step.
func Done() Outcome { return Outcome{kind: outcomeDone} }

// GoTo goes on to the named step of the same flow, forwards or backwards.
// A step that goes backwards bounds the laps in its own state.
func GoTo(step string) Outcome { return Outcome{kind: outcomeGoTo, next: step} }

// Wait runs the step again after d. It spends no attempt. The reason is shown
// to people: a sentence, without secrets.
func Wait(d time.Duration, reason string) Outcome {
	return Outcome{kind: outcomeWait, delay: d, reason: reason}
}

// Park stores nothing and sends nothing: the step runs again when another instance
// sends the same message with Wake, or when the rescue timer finds it silent.
func Park() Outcome { return Outcome{kind: outcomePark} }

// Fail ends the instance, after its clean-up steps. The code is published, the
// message says what happened and what to do.
func Fail(code, message string) Outcome {
	return Outcome{kind: outcomeFail, code: code, reason: message}
}

// After delays the next step by d (Done and GoTo).
func (o Outcome) After(d time.Duration) Outcome { o.delay = d; return o }

// Noting adds a sentence to the history row of this turn.
func (o Outcome) Noting(note string) Outcome { o.note = note; return o }

// Sending sends messages to other instances once the turn is stored. They are
// part of the row until its next turn, so a crash does not lose them.
func (o Outcome) Sending(m ...Message) Outcome { o.outbox = append(o.outbox, m...); return o }

// Answering stores answers to mail, in the same transaction as the turn.
func (o Outcome) Answering(items ...Item) Outcome { o.answers = append(o.answers, items...); return o }

// Dropping removes mail by item id, in the same transaction as the turn.
func (o Outcome) Dropping(ids ...string) Outcome { o.drops = append(o.drops, ids...); return o }

// UnlessMailSince makes an ending turn lose its race if mail has arrived since
// Mailbox.Inbox returned mark; the step then runs again and sees it.
func (o Outcome) UnlessMailSince(mark string) Outcome { o.mark = mark; return o }

// Failure is an error that no retry mends. A step may return it in place of
// Fail; adapters do, because they know the cause.
type Failure struct {
	Code    string
	Message string
	Err     error // for the log only
}

func (f *Failure) Error() string {
	if f.Err != nil {
		return fmt.Sprintf("%s: %s: %v", f.Code, f.Message, f.Err)
	}
	return f.Code + ": " + f.Message
}

func (f *Failure) Unwrap() error { return f.Err }

// RetryLater is an error that time mends and that is nobody's fault: a rate limit
// or a lock. A step that returns it waits; no attempt is spent.
type RetryLater struct {
	After  time.Duration
	Reason string // shown to people
	Err    error  // for the log only
}

func (l *RetryLater) Error() string {
	if l.Err != nil {
		return fmt.Sprintf("%s (again in %s): %v", l.Reason, l.After, l.Err)
	}
	return fmt.Sprintf("%s (again in %s)", l.Reason, l.After)
}

func (l *RetryLater) Unwrap() error { return l.Err }

// Transient is an unexpected error that may pass: it spends an attempt and is
// tried again, not before After (0: the engine's own back-off). Public is what
// people may read of it; without one they get a neutral sentence.
type Transient struct {
	After  time.Duration
	Public string
	Err    error
}

func (t *Transient) Error() string {
	if t.Err != nil {
		return t.Err.Error()
	}
	return t.Public
}

func (t *Transient) Unwrap() error { return t.Err }

// Says is what an error has to say to people; "" if it is not meant for them.
func Says(err error) string {
	var failure *Failure
	var later *RetryLater
	var transient *Transient
	switch {
	case errors.As(err, &failure):
		return failure.Message
	case errors.As(err, &later):
		return later.Reason
	case errors.As(err, &transient):
		return transient.Public
	}
	return ""
}

// publicText is what people may read of an error.
func publicText(err error) string {
	var transient *Transient
	if errors.As(err, &transient) && transient.Public != "" {
		return transient.Public
	}
	return "An unexpected error happened; the log has the details under this instance id."
}
