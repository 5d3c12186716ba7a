package durable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// BusyError says that the claim is held by an instance that cannot be joined: it does
// something else, or it is in its clean-up. Once it has ended, the start succeeds.
type BusyError struct {
	Instance string
	Flow     string
	Ending   bool // it is in its clean-up
}

func (e *BusyError) Error() string {
	if e.Ending {
		return fmt.Sprintf("claimed by instance %s (%s), which is in its clean-up", e.Instance, e.Flow)
	}
	return fmt.Sprintf("claimed by instance %s (%s), which does something else", e.Instance, e.Flow)
}

// join is the one rule for a start that meets a holder of its claim: it returns the
// holder's id if that may be joined, a *BusyError if not, and neither if the claim is
// free by now. newID is the id of the instance itself, which an earlier run of the same
// start may have made; tries counts the holders that were met.
func (r *Runner) join(ctx context.Context, s Start, newID, holder string, tries int) (id string, err error) {
	active, err := r.store.Load(ctx, holder)
	ended := err == nil && active.Status.Ended()
	switch {
	case ended && tries == 1:
		return "", nil // it has ended this moment, and given the claim back
	case ended, errors.Is(err, ErrNotFound), r.replaceable(err):
		return "", r.free(ctx, holder) // the claim is nobody's
	case err != nil:
		return "", fmt.Errorf("load instance %s: %w", holder, err)
	}
	err = r.sendFirstAgain(ctx, active)
	if active.ID == newID || active.Ending == nil && s.joins(active) {
		if err != nil {
			return "", err
		}
		return active.ID, nil
	}
	return "", &BusyError{Instance: active.ID, Flow: active.Flow, Ending: active.Ending != nil}
}

func (s Start) joins(active *Instance) bool {
	if s.Joins == nil {
		return active.Flow == s.Flow && bytes.Equal(active.Input, s.Input)
	}
	return s.Joins(active)
}

// free gives back a claim whose holder has ended, is lost or cannot be read.
func (r *Runner) free(ctx context.Context, holder string) error {
	err := r.store.Release(ctx, holder, r.Now())
	if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrConflict) {
		return fmt.Errorf("release instance %s: %w", holder, err)
	}
	return nil
}

// sendFirstAgain mends a start that died between row and message. The moved due
// time says that it was done, so that many who ask do not multiply messages. It is
// moved after the message is sent: if this dies in between, the next call sends
// one more, which is dropped as a duplicate.
func (r *Runner) sendFirstAgain(ctx context.Context, inst *Instance) error {
	if inst.Status != Pending || !inst.DueAt.Equal(inst.CreatedAt) {
		return nil
	}
	if err := r.publish(ctx, inst); err != nil {
		return err
	}
	inst.DueAt = inst.DueAt.Add(time.Millisecond)
	err := r.store.Commit(ctx, inst, Change{})
	if err == nil {
		r.rows.put(inst)
	} else if !errors.Is(err, ErrConflict) { // the message is sent, which is what counts
		r.log.WarnContext(ctx, "an instance's first message was sent again, and that is not kept", "instance", inst.ID, "error", err)
	}
	return nil
}
