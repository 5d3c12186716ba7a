package durable

import (
	"context"
	"errors"
	"fmt"
)

// Terminate stops an instance: it goes to its clean-up steps and ends
// Terminated. ErrNotFound, ErrEnded if it is over. One that is ending already is
// sent its message again. A step that runs at this moment loses its race and cleans
// up after itself. One whose row cannot be read gives back what it holds, without
// clean-up: nobody knows what it had made.
func (r *Runner) Terminate(ctx context.Context, id, reason string) error {
	err := r.terminate(ctx, id, reason)
	if !Unreadable(err) {
		return err
	}
	r.log.WarnContext(ctx, "terminated an instance whose row cannot be read", "instance", id, "reason", reason)
	if err := r.store.Release(ctx, id, r.Now()); err != nil {
		return fmt.Errorf("release instance %s: %w", id, err)
	}
	return nil
}

func (r *Runner) terminate(ctx context.Context, id, reason string) error {
	return r.change(ctx, id, func(inst *Instance) (Event, bool, error) {
		if inst.Ending != nil {
			return Event{}, false, nil
		}
		flow, _ := r.find(inst)
		now := r.Now()
		inst.Seq++
		inst.UpdatedAt = now // the outbox stays: its messages may not have been sent yet
		event := Event{Seq: inst.Seq, Time: now, Kind: EventTerminated, Step: inst.Step, Message: reason, Since: inst.StepSince}
		err := flow.end(inst, Ending{Status: Terminated, Message: orElse(reason, "Terminated on request."), Step: inst.Step}, now)
		return event, err == nil, err
	})
}

// Raise wakes an instance: a step that waits runs now. The event's name is kept
// in the history. ErrNotFound, ErrEnded, *UnreadableError.
func (r *Runner) Raise(ctx context.Context, id, name string) error {
	return r.change(ctx, id, func(inst *Instance) (Event, bool, error) {
		now := r.Now()
		inst.DueAt, inst.UpdatedAt = now, now
		return Event{Seq: inst.Seq, Time: now, Kind: EventRaised, Step: inst.Step, Message: name, Since: inst.StepSince}, true, nil
	})
}

// change applies edit to the row, again if another change was faster, and sends the
// row's messages.
func (r *Runner) change(ctx context.Context, id string, edit func(*Instance) (Event, bool, error)) error {
	for races := 0; ; races++ {
		inst, err := r.store.Load(ctx, id)
		if err != nil {
			return fmt.Errorf("load instance %s: %w", id, err)
		}
		if inst.Status.Ended() {
			return fmt.Errorf("instance %s: %w", id, ErrEnded)
		}
		event, changed, err := edit(inst)
		if err != nil {
			return err
		}
		if !changed { // the run that changed it may have died before it sent the messages
			return r.publish(ctx, inst)
		}
		err = r.store.Commit(ctx, inst, Change{Event: event})
		if errors.Is(err, ErrConflict) && races < 8 {
			continue
		}
		if err != nil {
			return fmt.Errorf("change instance %s: %w", id, err)
		}
		r.rows.put(inst)
		r.stored(ctx, inst, event)
		return r.publish(ctx, inst)
	}
}
