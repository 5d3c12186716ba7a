package durabletest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
)

// QueueBackend is a queue under test, with what the suite needs to look at it.
type QueueBackend struct {
	durable.Queue
	// Receive takes the next visible message for good; ok is false if none is
	// visible now.
	Receive func(ctx context.Context) (m durable.Message, ok bool, err error)
	// Pass lets up to d go by: it moves a fake clock, or waits a moment of real
	// time. The suite calls it between looks at the queue, up to a bound.
	Pass func(d time.Duration)
}

// await looks until a message is there; the bound is far above what it takes.
func (q QueueBackend) await(t *testing.T) durable.Message {
	t.Helper()
	for range 2000 {
		m, ok, err := q.Receive(t.Context())
		if err != nil {
			t.Fatalf("receive: %v", err)
		}
		if ok {
			return m
		}
		q.Pass(50 * time.Millisecond)
	}
	t.Fatal("no message has come")
	return durable.Message{}
}

// ExerciseQueue runs the conformance suite of queues.
func ExerciseQueue(t *testing.T, open func(t *testing.T) QueueBackend) {
	message := durable.Message{Instance: durable.NewID("claim"), Step: "Step <ünï>", Seq: 1 << 40, Wake: true, Granted: "item-1"}

	t.Run("a message arrives as it was sent, once", func(t *testing.T) {
		t.Parallel()
		q := open(t)
		if err := q.Send(t.Context(), message, 0); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(message, q.await(t)); diff != "" {
			t.Error(diff)
		}
		if m, ok, err := q.Receive(t.Context()); ok || err != nil {
			t.Errorf("receive gave %v, %t, %v; want an empty queue", m, ok, err)
		}
	})
	t.Run("a delayed message is overtaken and not seen before its time", func(t *testing.T) {
		t.Parallel()
		q := open(t)
		late, now := message, message
		late.Step, now.Step = "late", "now"
		for _, send := range []struct {
			m     durable.Message
			delay time.Duration
		}{{late, 2 * time.Second}, {now, 0}} {
			if err := q.Send(t.Context(), send.m, send.delay); err != nil {
				t.Fatal(err)
			}
		}
		if got := q.await(t); got != now {
			t.Fatalf("the first message is %v, want the one without delay", got)
		}
		if m, ok, err := q.Receive(t.Context()); ok || err != nil {
			t.Fatalf("receive gave %v, %t, %v; want nothing before its time", m, ok, err)
		}
		if got := q.await(t); got != late {
			t.Errorf("the second message is %v, want the delayed one", got)
		}
	})
	t.Run("any delay is taken", func(t *testing.T) {
		t.Parallel()
		q := open(t)
		for _, delay := range []time.Duration{-time.Hour, time.Nanosecond, 6 * 24 * time.Hour, 400 * 24 * time.Hour} {
			if err := q.Send(t.Context(), message, delay); err != nil {
				t.Errorf("send with delay %s: %v", delay, err)
			}
		}
		q.await(t)
		q.await(t)
	})
}
