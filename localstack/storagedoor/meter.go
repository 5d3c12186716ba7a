package storagedoor

import (
	"context"
	"sync"
	"time"
)

// Meter reads the door's counters often, so that it can tell afterwards what had
// been used by a moment that only the statuses reveal: clients learn late that a
// certificate is done, and an idle host goes on asking for messages meanwhile.
type Meter struct {
	began Counts
	mu    sync.Mutex
	marks []mark
}

type mark struct {
	at     time.Time
	counts Counts
}

// meterEvery is short against the time between two storage calls of a step.
const meterEvery = 10 * time.Millisecond

// StartMeter counts from now on, until ctx ends.
func StartMeter(ctx context.Context, door *Door) *Meter {
	m := &Meter{began: door.Counts()}
	go func() {
		tick := time.NewTicker(meterEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case at := <-tick.C:
				m.mu.Lock()
				m.marks = append(m.marks, mark{at, door.Counts()})
				m.mu.Unlock()
			}
		}
	}()
	return m
}

// settleFor is added to the moment at which the last certificate was complete:
// the host still deletes the message of that step.
const settleFor = 100 * time.Millisecond

// Until is what has been used since the start, up to the given moment.
func (m *Meter) Until(end time.Time) Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := m.began
	for _, mark := range m.marks {
		last = mark.counts
		if mark.at.After(end.Add(settleFor)) {
			break
		}
	}
	return last.Sub(m.began)
}
