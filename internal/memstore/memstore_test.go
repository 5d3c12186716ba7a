package memstore_test

import (
	"context"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
)

func TestStoreConforms(t *testing.T) {
	t.Parallel()
	durabletest.Exercise(t, func(_ *testing.T, now func() time.Time) durabletest.Backend { return memstore.New(now) })
}

func TestQueueConforms(t *testing.T) {
	t.Parallel()
	durabletest.ExerciseQueue(t, func(*testing.T) durabletest.QueueBackend {
		clock := durabletest.NewClock()
		q := memstore.NewQueue(clock.Now)
		return durabletest.QueueBackend{Queue: q, Pass: clock.Advance, Receive: func(context.Context) (durable.Message, bool, error) {
			d, ok := q.Receive(time.Hour)
			q.Delete(d)
			return d.Message, ok, nil
		}}
	})
}

func TestAMessageThatIsNotDeletedComesBackWithAHigherCount(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	q := memstore.NewQueue(clock.Now)
	if err := q.Send(t.Context(), durable.Message{Step: "S"}, 0); err != nil {
		t.Fatal(err)
	}
	first, _ := q.Receive(time.Minute)
	if _, ok := q.Receive(time.Minute); ok {
		t.Fatal("a leased message was delivered to another")
	}
	clock.Advance(time.Minute)
	second, ok := q.Receive(time.Minute)
	if !ok || first.DequeueCount != 1 || second.DequeueCount != 2 {
		t.Fatalf("deliveries count %d and %d (%t), want 1 and 2", first.DequeueCount, second.DequeueCount, ok)
	}
	if q.Delete(first) || q.Release(first, 0) || q.Bury(first) {
		t.Error("a delivery whose lease is over still rules the message")
	}
	if !q.Release(second, time.Hour) {
		t.Fatal("the current delivery could not be released")
	}
	if at, ok := q.NextVisible(); !ok || !at.Equal(clock.Now().Add(time.Hour)) {
		t.Errorf("next visible is %s, %t; want in an hour", at, ok)
	}
	clock.Advance(time.Hour)
	third, _ := q.Receive(time.Minute)
	if !q.Bury(third) || q.Len() != 0 || len(q.Dead()) != 1 {
		t.Errorf("after burial the queue has %d messages and %d dead letters, want 0 and 1", q.Len(), len(q.Dead()))
	}
}
