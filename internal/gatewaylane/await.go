package gatewaylane

import (
	"context"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/internal/issuance"
)

// maxMissing is how many rounds may succeed and still lack a listener afterwards.
const maxMissing = 5

// await looks once whether the update is over, answers, and ends the lane when
// no request waits any more. All of it can be repeated.
func (l *Lane) await(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
	if !s.Written {
		return l.finish(ctx, t, s)
	}
	status := appgateway.Status{State: appgateway.Succeeded}
	if s.Token != "" {
		var err error
		if status, err = l.gateway.Poll(ctx, s.Token); err != nil {
			return durable.Outcome{}, err
		}
	}
	switch status.State {
	case appgateway.InProgress:
		return durable.Wait(l.pause(status.RetryAfter), "The Application Gateway is taking the change."), nil
	case appgateway.Superseded:
		return l.collide(s, 0), nil
	}
	doc, err := l.gateway.Read(ctx)
	if err != nil {
		return durable.Outcome{}, err
	}
	box, err := l.inbox(ctx, t)
	if err != nil {
		return durable.Outcome{}, err
	}
	out := &replies{now: t.Now}
	if status.State == appgateway.Refused {
		return out.with(l.refused(s, doc, status.Refusal, box, out), box.stale), nil
	}
	l.check(s, doc, box, out)
	return out.with(l.end(s, box, out), box.stale), nil
}

// check answers what the gateway has now. What is missing was undone by a writer
// that had read the gateway before; it stays open and goes into another round.
func (l *Lane) check(s *State, doc *gatewaydoc.Document, box inbox, out *replies) {
	var missing []post
	for _, p := range box.pick(s.Batch) {
		if l.met(doc, p) {
			l.done(out, doc, p)
		} else {
			missing = append(missing, p)
		}
	}
	s.settled()
	s.Collisions, s.Added = 0, nil
	if len(missing) == 0 {
		s.Missing = 0
		return
	}
	if s.Missing++; s.Missing <= maxMissing {
		return
	}
	for _, p := range missing {
		out.fail(p, &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "Another tool removes the listener again and again after it was made. " +
			"Find out what writes to the Application Gateway (often an ingress controller or an infrastructure pipeline) and let it keep listeners that it did not make."})
	}
	s.Missing = 0
}

// finish ends the lane, unless there is work.
func (l *Lane) finish(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
	box, err := l.inbox(ctx, t)
	if err != nil {
		return durable.Outcome{}, err
	}
	out := &replies{now: t.Now}
	return out.with(l.end(s, box, out), box.stale), nil
}

// end is the end if nothing is left to do. Mail that arrives after the inbox was
// read makes the end lose its race, and the step runs again.
func (l *Lane) end(s *State, box inbox, out *replies) durable.Outcome {
	if len(out.open(box.open)) > 0 || len(s.Added) > 0 {
		return durable.GoTo(stepApply)
	}
	return durable.Done().UnlessMailSince(box.mark)
}

// tell answers every request that still waits when the lane fails or is stopped, so
// that none waits for a lane that is gone. It needs nothing of the gateway.
func (l *Lane) tell(ctx context.Context, t durable.Turn, _ *State) (durable.Outcome, error) {
	box, err := l.inbox(ctx, t)
	if err != nil {
		return durable.Outcome{}, err
	}
	out := &replies{now: t.Now}
	failure := &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "The change of the Application Gateway was stopped. Ask again."}
	if t.Ending != nil && t.Ending.Code != "" {
		failure = &durable.Failure{Code: t.Ending.Code, Message: t.Ending.Message}
	}
	for _, p := range box.open[:min(len(box.open), maxMail)] {
		out.fail(p, failure)
	}
	if len(box.open) > maxMail {
		return out.with(durable.GoTo(stepTell), box.stale), nil
	}
	return out.with(durable.Done().UnlessMailSince(box.mark), box.stale), nil
}
