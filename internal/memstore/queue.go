package memstore

import (
	"context"
	"slices"
	"sync"
	"time"

	"certgate/internal/durable"
)

// Queue is a queue with the semantics of Azure Queue Storage: a message that
// was received stays in the queue, invisible, until it is deleted or its lease
// is over, and every delivery counts.
type Queue struct {
	// Refuse, if set, is asked before each Send; its error is that of the Send, and the
	// message is not stored. It must not change while somebody sends.
	Refuse func(durable.Message) error

	now func() time.Time

	mu       sync.Mutex
	receipts int
	messages []*queued // in order of sending
	dead     []durable.Message
	deadAt   time.Time // of the first burial
}

type queued struct {
	message   durable.Message
	visibleAt time.Time
	dequeues  int
	receipt   int // of the last delivery; an older one is void
}

// Delivery is one delivery of a message. DequeueCount is 1 for the first.
type Delivery struct {
	Message      durable.Message
	DequeueCount int
	receipt      int
}

// NewQueue makes an empty queue on the given clock.
func NewQueue(now func() time.Time) *Queue { return &Queue{now: now} }

// Send implements durable.Queue.
func (q *Queue) Send(_ context.Context, m durable.Message, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.Refuse != nil {
		if err := q.Refuse(m); err != nil {
			return err
		}
	}
	q.messages = append(q.messages, &queued{message: m, visibleAt: q.now().Add(max(delay, 0))})
	return nil
}

// Receive takes the message that has been visible longest and hides it for the
// lease. ok is false if none is visible.
func (q *Queue) Receive(lease time.Duration) (d Delivery, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	m := q.first()
	if m == nil || m.visibleAt.After(q.now()) {
		return Delivery{}, false
	}
	q.receipts++
	m.dequeues++
	m.receipt, m.visibleAt = q.receipts, q.now().Add(lease)
	return Delivery{Message: m.message, DequeueCount: m.dequeues, receipt: m.receipt}, true
}

// Delete removes a handled message. It reports false, and does nothing, if the
// lease was over and the message was delivered again since.
func (q *Queue) Delete(d Delivery) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.remove(d)
}

// Release makes a message visible again after the delay. False as for Delete.
func (q *Queue) Release(d Delivery, delay time.Duration) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := q.index(d)
	if i < 0 {
		return false
	}
	q.messages[i].visibleAt = q.now().Add(delay)
	return true
}

// Bury moves a message to the dead letters. False as for Delete.
func (q *Queue) Bury(d Delivery) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.remove(d) {
		return false
	}
	if len(q.dead) == 0 {
		q.deadAt = q.now()
	}
	q.dead = append(q.dead, d.Message)
	return true
}

// Dead lists the dead letters in the order of their burial.
func (q *Queue) Dead() []durable.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.dead)
}

// NextVisible is when the next message becomes, or became, visible. ok is false
// if the queue is empty.
func (q *Queue) NextVisible() (at time.Time, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m := q.first(); m != nil {
		return m.visibleAt, true
	}
	return time.Time{}, false
}

// Len counts the messages, visible or not, without the dead letters.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

func (q *Queue) first() *queued {
	if len(q.messages) == 0 {
		return nil
	}
	return slices.MinFunc(q.messages, func(a, b *queued) int { return a.visibleAt.Compare(b.visibleAt) })
}

func (q *Queue) index(d Delivery) int {
	return slices.IndexFunc(q.messages, func(m *queued) bool { return m.receipt == d.receipt && d.receipt != 0 })
}

func (q *Queue) remove(d Delivery) bool {
	i := q.index(d)
	if i < 0 {
		return false
	}
	q.messages = slices.Delete(q.messages, i, i+1)
	return true
}
