package durable

import (
	"context"
	"time"
)

// Census is the view of figures on a store.
type Census interface {
	// Backlog counts the instances that have not ended. Its cost follows their
	// number, not the number stored; it stops at limit in each partition.
	Backlog(ctx context.Context, limit int) (Backlog, error)
}

// Backlog is what is under way.
type Backlog struct {
	Active int // instances that have not ended, hidden ones included
	// OldestDue is the DueMinute of the step that has been due for the longest, or
	// will be next; zero if nothing is under way.
	OldestDue time.Time
	// Partial: the limit was reached, so there may be more. OldestDue is right all
	// the same.
	Partial bool
}

// QueueDepth is how much lies in the queue of messages.
type QueueDepth struct {
	Messages int64 // those that are not visible yet, or being handled, included
	Poison   int64 // in the poison queue
	// OldestPoison is when the first visible one of them was put there; zero if
	// none is visible.
	OldestPoison time.Time
}
