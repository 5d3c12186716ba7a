package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// rescueAfter is how long a due row may be silent: a little more than the
// 10 minutes for which the host holds a message that it is working on.
const rescueAfter = 12 * time.Minute

// rescueBatch bounds one call; the next one goes on.
const rescueBatch = 500

// damagedAfter is how long an instance whose row cannot be read keeps what it holds:
// until then somebody may have mended the row, or brought back the release that wrote
// it.
const damagedAfter = time.Hour

// poisonPause is how long a clean-up step rests that the host has given up on. It
// may be what ends the process.
const poisonPause = 2 * time.Minute

// Rescue sends the messages of rows that are due and silent: their message was
// lost, or expired, or was never sent. It returns how many it sent. The row's
// due time moves on, so that a backlog is not multiplied by every call; its turn
// stays, so that a message which was only late is still good.
func (r *Runner) Rescue(ctx context.Context) (int, error) {
	now := r.Now()
	ids, err := r.store.Due(ctx, now.Add(-rescueAfter), rescueBatch)
	if err != nil {
		return 0, fmt.Errorf("list silent instances: %w", err)
	}
	sent := 0
	var problems []error
	var damaged, replaceable []string
	for _, id := range ids {
		ok, err := r.rescue(ctx, id, now)
		switch {
		case r.replaceable(err):
			replaceable = append(replaceable, id)
		case Unreadable(err): // the store is well, and has said so in the log
			damaged = append(damaged, id)
		case err != nil: // one bad row never keeps the others waiting
			problems = append(problems, err)
		}
		if ok {
			sent++
		}
	}
	if len(damaged) > 0 {
		old, err := r.store.Due(ctx, now.Add(-damagedAfter), rescueBatch)
		problems = append(problems, err)
		damaged = slices.DeleteFunc(damaged, func(id string) bool { return !slices.Contains(old, id) })
	}
	problems = append(problems, r.release(ctx, append(damaged, replaceable...), now))
	return sent, errors.Join(problems...)
}

// release gives up instances whose rows cannot be read. What they hold, such as a
// hostname or the gateway's lane, is free from then on.
func (r *Runner) release(ctx context.Context, damaged []string, now time.Time) error {
	var problems []error
	for _, id := range damaged {
		err := r.store.Release(ctx, id, now)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("release instance %s: %w", id, err))
			continue
		}
		r.log.ErrorContext(ctx, "gave up an instance whose row cannot be read; what it held is free", "instance", id)
	}
	return errors.Join(problems...)
}

func (r *Runner) rescue(ctx context.Context, id string, now time.Time) (bool, error) {
	inst, err := r.store.Load(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("load silent instance %s: %w", id, err)
	}
	if inst.Status.Ended() || inst.DueAt.After(now.Add(-rescueAfter)) {
		return false, nil
	}
	inst.DueAt = now
	event := Event{Seq: inst.Seq, Time: now, Kind: EventRescued, Step: inst.Step, Since: inst.StepSince}
	if err := r.store.Commit(ctx, inst, Change{Event: event}); err != nil {
		if errors.Is(err, ErrConflict) { // it moved: not silent after all
			return false, nil
		}
		return false, fmt.Errorf("rescue instance %s: %w", id, err)
	}
	r.stored(ctx, inst, event)
	r.log.WarnContext(ctx, "instance was due and silent; sending its message again", "instance", id, "step", inst.Step)
	return true, r.publish(ctx, inst)
}

// HandlePoison takes a message that the host gave up on after its last allowed
// delivery. If the row has moved on, its current message is sent in case that
// was lost. If not, the step kept crashing the process or kept losing its
// answer: the instance fails, through its clean-up steps. A clean-up step is tried
// again as after any error, because what it does not do stays undone.
func (r *Runner) HandlePoison(ctx context.Context, m Message) error {
	inst, err := r.store.Load(ctx, m.Instance)
	if errors.Is(err, ErrNotFound) {
		r.log.WarnContext(ctx, "poison message for an instance that is not stored", "instance", m.Instance)
		return nil
	}
	if Unreadable(err) {
		r.log.ErrorContext(ctx, "dropped the poison message of an instance whose row cannot be read", "instance", m.Instance)
		return nil
	}
	if err != nil {
		return fmt.Errorf("load instance %s: %w", m.Instance, err)
	}
	if inst.Status.Ended() || inst.Seq != m.Seq {
		return r.publish(ctx, inst)
	}
	flow, current := r.find(inst)
	if current == nil {
		return r.stepUnknown(ctx, inst)
	}
	unanswered := fmt.Sprintf("Step %s got no answer although its message was delivered again and again.", inst.Step)
	var cause error = &Failure{Code: CodeStepKeptCrashing, Message: unanswered + " The log has the reason under this instance id; when it is mended, ask for the certificate again."}
	if inst.Ending != nil {
		cause = &Transient{After: poisonPause, Public: unanswered}
	}
	change, _, err := settle(flow, inst, Outcome{}, cause, r.Now(), r.random())
	if err != nil {
		return err
	}
	if err := r.store.Commit(ctx, inst, change); err != nil {
		return fmt.Errorf("fail instance %s: %w", inst.ID, err)
	}
	r.stored(ctx, inst, change.Event)
	r.log.ErrorContext(ctx, "a message ended in the poison queue", "instance", inst.ID, "step", m.Step, "event", change.Event.Kind)
	return r.publish(ctx, inst)
}
