package boundary

import (
	"maps"
	"slices"
	"sync"

	"certgate/internal/durable"
)

// ledger is what has been stored, as storage has seen it, and who was killed.
type ledger struct {
	mu        sync.Mutex
	instances map[string]durable.Instance // as stored last, by id
	turns     map[turn]Step               // those that are stored
	sent      map[string]bool             // instances that have been sent a message
	killed    map[Step]bool
	parked    map[Step]bool // killed when a turn had its effect and stored nothing
}

// turn is one turn of an instance, as a message names it.
type turn struct {
	instance string
	seq      int64
}

func newLedger() *ledger {
	return &ledger{instances: map[string]durable.Instance{}, turns: map[turn]Step{}, sent: map[string]bool{}, killed: map[Step]bool{}, parked: map[Step]bool{}}
}

// stepOf is the step whose result w is. Whether it is one of clean-up shows the
// row before: the row of a step that fails is that of the clean-up already.
func (l *ledger) stepOf(w write) Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.instances[w.inst.ID]
	return Step{Flow: w.inst.Flow, CleanUp: before.Ending != nil, Name: w.event.Step}
}

// stored takes note of a transaction that the service has accepted. It returns the
// step whose turn that was, if it was one.
func (l *ledger) stored(w write) (s Step, ok bool) {
	if w.inst == nil {
		return Step{}, false
	}
	s = l.stepOf(w)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.instances[w.inst.ID] = *w.inst
	if w.turn() {
		l.turns[turn{w.inst.ID, w.inst.Seq - 1}] = s
	}
	return s, w.turn()
}

// queued takes note of a message that the queue has accepted.
func (l *ledger) queued(m durable.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[m.Instance] = true
}

// current is the step that a message is about to run; ok is false if the row has
// moved on and the message is a duplicate.
func (l *ledger) current(m durable.Message) (s Step, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	inst, known := l.instances[m.Instance]
	if !known || inst.Status.Ended() || inst.Seq != m.Seq {
		return Step{}, false
	}
	return Step{Flow: inst.Flow, CleanUp: inst.Ending != nil, Name: inst.Step}, true
}

// done is the step that a message has run; ok is false if nothing is stored of it.
func (l *ledger) done(m durable.Message) (s Step, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok = l.turns[turn{m.Instance, m.Seq}]
	return s, ok
}

// first reports whether this is the first time for the step in one of the sets.
func (l *ledger) first(set map[Step]bool, s Step) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if set[s] {
		return false
	}
	set[s] = true
	return true
}

// all lists the instances, hidden ones included.
func (l *ledger) all() []durable.Instance {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.instances))
}
