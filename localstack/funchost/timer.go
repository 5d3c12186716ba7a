package funchost

import (
	"context"
	"sync"
	"time"
)

// timer fires one function by its schedule. Runs never overlap; one that takes
// longer than the schedule's distance is followed at once by one more. The
// status is in memory only, so that nothing is ever past due.
type timer struct {
	function string
	trigger  *timerTrigger
	invoke   func(ctx context.Context, function string, p payload) error

	mu     sync.Mutex
	status timerStatus
}

// run fires until listen ends. An invocation that has begun keeps work.
func (t *timer) run(listen, work context.Context) {
	next := t.trigger.schedule.Next(time.Now())
	t.record(time.Time{}, next)
	if t.trigger.runOnStartup {
		next = t.fire(work, time.Now())
	}
	for {
		alarm := time.NewTimer(time.Until(next))
		select {
		case <-listen.Done():
			alarm.Stop()
			return
		case <-alarm.C:
			next = t.fire(work, next)
		}
	}
}

// fire runs the function for the occurrence that is due and returns the next
// one, counted from the start of this run. The failure of a timer is only
// logged: the schedule goes on.
func (t *timer) fire(work context.Context, due time.Time) (next time.Time) {
	started := time.Now()
	t.invoke(work, t.function, t.payload())
	if started.Before(due) {
		started = due // a clock that runs a little fast must not fire twice
	}
	next = t.trigger.schedule.Next(started)
	t.record(due, next)
	return next
}

func (t *timer) record(last, next time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status = timerStatus{last: last, next: next, updated: last}
}

func (t *timer) payload() payload {
	t.mu.Lock()
	defer t.mu.Unlock()
	return timerPayload(t.function, t.trigger, t.status)
}
