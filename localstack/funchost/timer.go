package funchost

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"certgate/localstack/pause"
)

// timer fires one function by its schedule, on one host of the app at a time. Runs
// never overlap; one that takes longer than the schedule's distance is followed at
// once by one more. What was missed while no host ran is made up for by one run,
// which is past due.
type timer struct {
	function string
	trigger  *timerTrigger
	invoke   func(ctx context.Context, function string, p payload) error
	shared   timerStore
	takeover time.Duration // between two attempts to become the host that fires
	log      *slog.Logger

	mu     sync.Mutex
	status timerStatus
}

// takeoverPoll is how often a host asks whether the one that fires a timer is gone.
const takeoverPoll = time.Minute

// timerStatus is the memory of a timer, as it is stored.
type timerStatus struct{ Last, Next, LastUpdated time.Time }

// timerStore is what hosts of one app share of a timer.
type timerStore interface {
	// hold returns a context that ends when ctx ends or another host may fire, or an
	// error if another one does now. release gives the place away.
	hold(ctx context.Context) (held context.Context, release func(), err error)
	// load returns false if the timer has never been started.
	load(ctx context.Context) (timerStatus, bool, error)
	save(ctx context.Context, s timerStatus) error
}

// run fires until listen ends. An invocation that has begun keeps work.
func (t *timer) run(listen, work context.Context) {
	for listen.Err() == nil {
		held, release, err := t.shared.hold(listen)
		if err == nil {
			t.fireWhile(held, work)
			release()
			continue
		}
		t.log.Debug("another host fires this timer", "function", t.function, "reason", storageCause(err))
		pause.For(listen, t.takeover)
	}
}

// fireWhile fires while this host is the one.
func (t *timer) fireWhile(held, work context.Context) {
	next := t.begin(held, work)
	for {
		alarm := time.NewTimer(time.Until(next))
		select {
		case <-held.Done():
			alarm.Stop()
			return
		case <-alarm.C:
			next = t.fire(work, next, false)
		}
	}
}

// begin reads what is known of the timer, and makes up for what was missed.
func (t *timer) begin(held, work context.Context) (next time.Time) {
	now := time.Now()
	t.log.Debug("this host fires the timer", "function", t.function)
	known, ok, err := t.shared.load(held)
	if err != nil {
		t.log.Warn("status of a timer cannot be read", "function", t.function, "error", storageCause(err))
	}
	if !ok {
		known = timerStatus{Next: t.trigger.schedule.Next(now)}
		t.record(held, known)
	}
	t.mu.Lock()
	t.status = known
	t.mu.Unlock()
	switch {
	case ok && t.trigger.monitored && now.After(known.Next):
		return t.fire(work, now, true)
	case t.trigger.runOnStartup:
		return t.fire(work, now, false)
	}
	return t.trigger.schedule.Next(now)
}

// fire runs the function for the occurrence that is due and returns the next
// one, counted from the start of this run. The failure of a timer is only
// logged: the schedule goes on.
func (t *timer) fire(work context.Context, due time.Time, pastDue bool) (next time.Time) {
	started := time.Now()
	t.invoke(work, t.function, t.payload(pastDue))
	last := started
	if started.Before(due) {
		started = due // a clock that runs a little fast must not fire twice
	}
	next = t.trigger.schedule.Next(started)
	t.record(work, timerStatus{Last: last, Next: next, LastUpdated: last})
	return next
}

func (t *timer) record(ctx context.Context, s timerStatus) {
	t.mu.Lock()
	t.status = s
	t.mu.Unlock()
	if !t.trigger.monitored {
		return
	}
	ctx, cancel := unlessKilled(ctx, completionTimeout)
	defer cancel()
	if err := t.shared.save(ctx, s); err != nil {
		t.log.Warn("status of a timer cannot be stored", "function", t.function, "error", storageCause(err))
	}
}

func (t *timer) payload(pastDue bool) payload {
	t.mu.Lock()
	defer t.mu.Unlock()
	return timerPayload(t.function, t.trigger, t.status, pastDue)
}
