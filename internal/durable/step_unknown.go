package durable

import (
	"context"
	"encoding/json"
	"fmt"
)

// unknownPause is how long an instance rests whose step this release does not have.
const unknownPause = poisonPause

// find returns the flow of an instance and the step that it is in. The step is nil if
// this release does not have it; of a flow that it does not have nothing is known but
// how to end.
func (r *Runner) find(inst *Instance) (Definition, *step) {
	flow, ok := r.flows[inst.Flow]
	if !ok {
		none := func(json.RawMessage) (json.RawMessage, error) { return nil, nil }
		return Definition{name: inst.Flow, output: none, partial: none}, nil
	}
	current, _ := flow.find(inst.Step, inst.Ending != nil)
	return flow, current
}

// stepUnknown is the turn of an instance whose flow or step this release does not
// have. A newer release may have been here, or be about to come: so it waits, for as
// long as a step may take. Then it fails, through the clean-up steps of its flow; in
// clean-up it ends. A second run finds the row as the first left it.
func (r *Runner) stepUnknown(ctx context.Context, inst *Instance) error {
	flow, _ := r.find(inst)
	now, within := r.Now(), stepWithin
	if inst.Ending != nil {
		within = cleanUpWithin
	}
	var change Change
	if left := within - now.Sub(inst.StepSince); left > 0 {
		inst.DueAt, inst.UpdatedAt = now.Add(min(left, unknownPause)), now
		inst.WaitingFor = fmt.Sprintf("The release of certgate that runs does not know the step %s of %s. It waits for one that does.", inst.Step, inst.Flow)
		inst.Custom.Message = inst.WaitingFor
	} else {
		reason := fmt.Sprintf("For %s no release of certgate has run that knows the step %s of %s.", hours(within), inst.Step, inst.Flow)
		inst.Seq++
		inst.UpdatedAt = now
		change.Event = Event{Seq: inst.Seq, Time: now, Kind: EventFailed, Step: inst.Step, Code: CodeStepUnknown, Message: reason, Since: inst.StepSince}
		var err error
		if inst.Ending != nil { // which steps would come after this one is not known
			err = flow.advance(inst, nil, now, 0)
		} else {
			err = flow.end(inst, Ending{Status: Failed, Code: CodeStepUnknown, Message: reason, Step: inst.Step}, now)
		}
		if err != nil {
			return err
		}
	}
	if err := r.store.Commit(ctx, inst, change); err != nil {
		return fmt.Errorf("instance %s in a step that is not known: %w", inst.ID, away(err))
	}
	r.log.WarnContext(ctx, "an instance is in a step that this release does not know", "instance", inst.ID, "flow", inst.Flow, "step", inst.Step, "ended", inst.Status.Ended())
	if change.Event.Kind != "" {
		r.stored(ctx, inst, change.Event)
	}
	return r.publish(ctx, inst)
}
