package durable

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// settle is the one place where an outcome becomes stored state. It changes
// inst to what the row shall be and returns the change that goes with it;
// parked means that nothing is stored. It does no I/O.
func settle(d Definition, inst *Instance, o Outcome, err error, now time.Time, random float64) (change Change, parked bool, broken error) {
	current, onwards := d.find(inst.Step, inst.Ending != nil)
	if current == nil {
		return Change{}, false, fmt.Errorf("flow %s has no step %q", d.name, inst.Step)
	}
	if err == nil && o.kind == outcomePark {
		return Change{}, true, nil
	}
	if err != nil {
		o = outcomeOf(err, inst, current, random)
	}
	if (o.kind == outcomeWait || o.kind == outcomeNone) && now.Sub(inst.StepSince) >= current.within {
		o = timedOut(d, inst, current, o, err)
	}

	inst.Seq++
	inst.UpdatedAt, inst.LeaseUntil, inst.LeaseBy = now, time.Time{}, LeaseHolder{}
	inst.Outbox = o.outbox
	if inst.Status == Pending {
		inst.Status = Running
	}
	event := Event{Seq: inst.Seq, Time: now, Step: inst.Step, Message: o.note, Since: inst.StepSince}

	switch o.kind {
	case outcomeWait:
		event.Kind, event.Message = EventWaiting, o.reason
		if unexpected(err) {
			inst.Attempt++
			event.Kind, event.Attempt = EventRetrying, inst.Attempt
		} else {
			inst.Attempt = 0 // it answered: the trouble is over
		}
		inst.WaitingFor = o.reason
		inst.Custom.Message = orElse(o.reason, d.says(current.says, inst.State))
		inst.DueAt = now.Add(capDelay(o.delay, inst.StepSince.Add(current.within), now))
	case outcomeDone:
		event.Kind = EventStepDone
		if err := d.advance(inst, onwards[1:], now, o.delay); err != nil {
			return Change{}, false, err
		}
	case outcomeGoTo:
		event.Kind = EventStepDone
		target, onwards := d.find(o.next, inst.Ending != nil)
		if target == nil {
			return Change{}, false, fmt.Errorf("flow %s: step %q goes to %q, which it does not have", d.name, inst.Step, o.next)
		}
		if err := d.advance(inst, onwards, now, o.delay); err != nil {
			return Change{}, false, err
		}
	case outcomeFail:
		event.Kind, event.Code, event.Message = EventFailed, o.code, o.reason
		if inst.Ending != nil { // a clean-up step gives up: say so and go on with the next
			inst.Ending.Message += fmt.Sprintf(" (Clean-up step %s gave up: %s)", inst.Step, strings.TrimSuffix(o.reason, "."))
			if err := d.advance(inst, onwards[1:], now, 0); err != nil {
				return Change{}, false, err
			}
			break
		}
		if err := d.end(inst, Ending{Status: Failed, Code: o.code, Message: o.reason, Step: inst.Step}, now); err != nil {
			return Change{}, false, err
		}
	default:
		return Change{}, false, fmt.Errorf("step %q returned no outcome", inst.Step)
	}
	return Change{Event: event, Answered: o.answers, Dropped: o.drops, Mark: o.mark}, false, nil
}

// advance enters the first of the steps that is needed, or ends the instance if none is.
func (d Definition) advance(inst *Instance, steps []step, now time.Time, delay time.Duration) error {
	inst.Attempt, inst.WaitingFor = 0, ""
	if next := from(steps, inst.State); next != nil {
		inst.Step, inst.StepSince, inst.DueAt = next.name, now, now.Add(delay)
		inst.Custom = CustomStatus{Status: next.name, Message: d.says(next.says, inst.State)}
		if inst.Ending != nil {
			inst.Custom.Error = inst.Ending.Code
		}
		return nil
	}
	inst.Step, inst.DueAt = "", now
	if e := inst.Ending; e != nil {
		inst.Status, inst.Output = e.Status, nil
		if partial, err := d.partial(inst.State); err == nil { // else the state is damaged, and the end must come all the same
			inst.Output = partial
		}
		inst.Custom = CustomStatus{Status: string(e.Status), Message: e.Message, Error: e.Code}
		d.forgetState(inst)
		return nil
	}
	output, err := d.output(inst.State)
	if err != nil {
		return fmt.Errorf("output of flow %s: %w", d.name, err)
	}
	inst.Status, inst.Output = Completed, output
	inst.Custom = CustomStatus{Status: string(Completed), Message: d.finished}
	d.forgetState(inst)
	return nil
}

func (d Definition) forgetState(inst *Instance) {
	if d.forget {
		inst.State = nil
	}
}

// end sends the instance through its clean-up steps to the given end.
func (d Definition) end(inst *Instance, e Ending, now time.Time) error {
	inst.Ending = &e
	return d.advance(inst, d.cleanUp, now, 0)
}

// unexpected tells an error that spends an attempt from what a step expects.
func unexpected(err error) bool {
	return err != nil && !errors.As(err, new(*RetryLater)) && !errors.As(err, new(*Failure))
}

// outcomeOf turns a step's error into an outcome.
func outcomeOf(err error, inst *Instance, s *step, random float64) Outcome {
	var failure *Failure
	if errors.As(err, &failure) {
		return Fail(failure.Code, failure.Message)
	}
	var later *RetryLater
	if errors.As(err, &later) {
		return Wait(later.After, later.Reason)
	}
	if s.attempts > 0 && inst.Attempt+1 >= s.attempts {
		return Fail(CodeStepFailedRepeatedly, fmt.Sprintf("The step did not succeed in %d attempts. The last error was: %s", s.attempts, publicText(err)))
	}
	var asked time.Duration
	var transient *Transient
	if errors.As(err, &transient) {
		asked = transient.After
	}
	pause := Backoff(inst.Attempt+1, asked, random)
	return Wait(pause, fmt.Sprintf("Trying again in %s. %s", pause.Round(time.Second), publicText(err)))
}

// timedOut is the end of a step whose time is over: what it waited for, or what
// went wrong in its last run.
func timedOut(d Definition, inst *Instance, s *step, o Outcome, err error) Outcome {
	if unexpected(err) {
		return Fail(CodeStepTimedOut, fmt.Sprintf("Not done within %s. The last %d attempts met an error, at last this one: %s", hours(s.within), inst.Attempt+1, publicText(err)))
	}
	waiting := o.reason
	if waiting == "" {
		waiting = d.says(s.says, inst.State)
	}
	return Fail(CodeStepTimedOut, fmt.Sprintf("Not done within %s. It was waiting for this: %s", hours(s.within), waiting))
}

// hours is a duration as people write it: 6h and not 6h0m0s.
func hours(d time.Duration) string {
	text := d.String()
	for _, end := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, end) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// capDelay keeps the next look from going past the step's deadline, where it
// would only find that the time is over.
func capDelay(delay time.Duration, deadline, now time.Time) time.Duration {
	if left := deadline.Sub(now); delay > left {
		return max(left, time.Second)
	}
	return max(delay, 0)
}

// begin makes the first row of an instance.
func (d Definition) beginInstance(id string, s Start, now time.Time) (*Instance, Event, error) {
	state, err := d.begin(s.Input)
	if err != nil {
		return nil, Event{}, fmt.Errorf("begin flow %s: %w", d.name, err)
	}
	first := d.steps[0]
	inst := &Instance{
		ID: id, Flow: d.name, Claim: s.Claim, Status: Pending, Step: first.name, Seq: 1,
		Custom: CustomStatus{Status: first.name, Message: d.says(first.says, state)},
		Input:  append(json.RawMessage(nil), s.Input...), State: state, RequestedBy: s.RequestedBy, Parent: s.Parent, Hidden: d.hidden,
		CreatedAt: now, UpdatedAt: now, StepSince: now, DueAt: now,
	}
	return inst, Event{Seq: 1, Time: now, Kind: EventStarted, Step: first.name, Since: now}, nil
}
