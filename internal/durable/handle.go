package durable

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// Delivery is what the host says of a message.
type Delivery struct {
	// Redelivered: the host has delivered this very message before and got no
	// answer (dequeue count above 1).
	Redelivered bool
	// Message is the queue's id of the message, the same each time that it comes,
	// and Count how often it has come. "" if the host does not say.
	Message string
	Count   int
}

// early is how much too soon a message may come before it is sent back: clocks
// of the machine and of the storage service differ a little.
const early = 2 * time.Second

// Handle runs the turn that a message points at. A nil error means that the
// message is done with; any error asks the host to deliver it again.
//
// A message that is behind its row is a duplicate: dropped, unless the host
// says that it had no answer before. Then the process that advanced the row may
// have died before it sent the next message, so that is sent again.
//
// While the store is away, the message goes round and never becomes poison.
func (r *Runner) Handle(ctx context.Context, m Message, d Delivery) error {
	d.Redelivered = d.Redelivered || m.Resent
	return r.patient(ctx, m, d, r.handle(ctx, m, d))
}

func (r *Runner) handle(ctx context.Context, m Message, d Delivery) error {
	var own time.Time // the lease that this call took in a turn that lost its race
	for races := 0; ; races++ {
		inst, remembered, err := r.row(ctx, m, d, races)
		if errors.Is(err, ErrNotFound) {
			r.log.WarnContext(ctx, "message for an instance that is not stored", "instance", m.Instance)
			return nil
		}
		if Unreadable(err) {
			// No redelivery mends it. If somebody does, Rescue brings it back.
			r.log.ErrorContext(ctx, "dropped the message of an instance whose row cannot be read", "instance", m.Instance, "step", m.Step, "turn", m.Seq)
			return nil
		}
		if err != nil {
			return fmt.Errorf("load instance %s: %w", m.Instance, away(err))
		}
		if inst.Status.Ended() || inst.Seq > m.Seq {
			if d.Redelivered && inst.Seq == m.Seq+1 {
				return r.publish(ctx, inst)
			}
			return nil // further ahead: the message that came after m has been handled
		}
		if inst.Seq < m.Seq { // a row is stored before its message is sent: nobody has sent this one
			r.log.ErrorContext(ctx, "dropped a message that is ahead of its instance", "instance", inst.ID, "turn", inst.Seq, "message", m.Seq)
			return nil
		}
		now := r.Now()
		notYet := inst.DueAt.Sub(now) > early && !m.Wake
		if inst.LeaseUntil.Equal(own) || inst.LeaseBy.outlived(d) {
			inst.LeaseUntil = time.Time{}
		}
		if remembered && (notYet || inst.LeaseUntil.After(now)) {
			continue // only the store knows whether that still holds
		}
		if notYet {
			return r.queue.Send(ctx, m, inst.DueAt.Sub(now))
		}
		if left := inst.LeaseUntil.Sub(now); left > 0 {
			// Another run is in this very step. If that run died, this message
			// is what brings the step back when its lease is over.
			return r.queue.Send(ctx, m, left)
		}
		own, err = r.turn(ctx, inst, m, d)
		if errors.Is(err, ErrConflict) && races < 4 {
			continue // the row was changed: look again and decide anew
		}
		return err
	}
}

// row reads the row of a message, from memory if this process wrote it last.
// After a lost race and for a redelivery only the store will do.
func (r *Runner) row(ctx context.Context, m Message, d Delivery, races int) (inst *Instance, remembered bool, err error) {
	if inst, ok := r.rows.take(m.Instance, m.Seq); ok && races == 0 && !d.Redelivered {
		return inst, true, nil
	}
	inst, err = r.store.Load(ctx, m.Instance)
	return inst, false, err
}

// turn runs one step once and stores what came of it. It returns the lease that
// it took, if the step is exclusive.
func (r *Runner) turn(ctx context.Context, inst *Instance, m Message, d Delivery) (lease time.Time, err error) {
	flow, current := r.find(inst)
	if current == nil {
		return lease, r.stepUnknown(ctx, inst)
	}
	now := r.Now()
	if current.lease > 0 {
		lease = now.Add(current.lease)
		inst.LeaseUntil, inst.LeaseBy = lease, d.holder()
		if err := r.store.Commit(ctx, inst, Change{}); err != nil {
			return time.Time{}, fmt.Errorf("take the lease of step %s: %w", inst.Step, away(err))
		}
	}
	t := Turn{
		Instance: inst.ID, Flow: inst.Flow, Claim: inst.Claim, Step: inst.Step, Seq: inst.Seq,
		Attempt: inst.Attempt, Created: inst.CreatedAt, Since: inst.StepSince, Now: now, Woken: m.Wake, Granted: m.Granted, Redelivered: d.Redelivered, Ending: inst.Ending,
		RequestedBy: inst.RequestedBy,
	}
	ctx, ended := r.began(ctx, inst, t)
	end := TurnEnd{Result: TurnNotStored, Instance: inst}
	defer func() { ended(end) }()
	started := r.clock()
	state, outcome, runErr := r.run(ctx, current, t, inst)
	end.Took = r.clock().Sub(started)
	if runErr != nil {
		r.log.WarnContext(ctx, "step returned an error", "instance", inst.ID, "step", inst.Step, "attempt", inst.Attempt+1, "error", runErr)
	}
	if state != nil {
		inst.State = state
	}
	change, parked, err := settle(flow, inst, outcome, runErr, r.Now(), r.random())
	if err != nil {
		return lease, err
	}
	if parked {
		end.Result = TurnParked
		r.rows.put(inst)
		return lease, nil
	}
	if err := r.store.Commit(ctx, inst, change); err != nil {
		if errors.Is(err, ErrConflict) {
			end.Result = TurnLost
			r.undo(ctx, flow, inst, t)
		}
		return lease, fmt.Errorf("store turn %d of instance %s: %w", inst.Seq, inst.ID, away(err))
	}
	end.Result, end.Event = resultOf(change.Event), change.Event
	r.rows.put(inst)
	r.log.InfoContext(ctx, "step", "instance", inst.ID, "flow", inst.Flow, "step", t.Step, "event", change.Event.Kind, "next", inst.Step, "code", change.Event.Code)
	// A crash here is mended by the redelivery of m: the row is ahead of it.
	return lease, r.publish(ctx, inst)
}

// run calls the step with its time limit; a panic is an unexpected error.
func (r *Runner) run(ctx context.Context, s *step, t Turn, inst *Instance) (state []byte, o Outcome, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("step %s: no answer within %s", s.name, s.timeout))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.log.ErrorContext(ctx, "step panicked", "instance", inst.ID, "step", s.name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			state, o, err = nil, Outcome{}, fmt.Errorf("step %s panicked: %v", s.name, p)
		}
	}()
	return s.run(ctx, t, inst.State)
}

// undo is the end of a run that lost its race. If the winner is still on its
// way, it will do the same work itself. If the winner ended the instance, its
// clean-up may have been over before this run made something: so this run
// cleans up, with the state that only it knows. Clean-up steps may run twice.
func (r *Runner) undo(ctx context.Context, flow Definition, lost *Instance, t Turn) {
	r.rows.take(lost.ID, lost.Seq)
	if t.Ending != nil {
		return
	}
	fresh, err := r.store.Load(ctx, lost.ID)
	if err != nil && !errors.Is(err, ErrNotFound) {
		r.log.ErrorContext(ctx, "lost a race and cannot see who won", "instance", lost.ID, "error", err)
		return
	}
	if err == nil && fresh.Ending == nil {
		return
	}
	t.Ending = &Ending{Status: Terminated, Step: t.Step, Message: "ended while a step was running"}
	if fresh != nil && fresh.Ending != nil {
		t.Ending = fresh.Ending
	}
	for i := range flow.cleanUp {
		s := &flow.cleanUp[i]
		t.Step = s.name
		if _, _, err := r.run(ctx, s, t, lost); err != nil {
			r.log.ErrorContext(ctx, "clean-up after a lost race", "instance", lost.ID, "step", s.name, "error", err)
		}
	}
}
