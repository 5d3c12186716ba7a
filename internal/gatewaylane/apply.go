package gatewaylane

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/appgateway"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// maxCollisions is how many writes in a row may be lost to other tools. With the
// pauses between them that is about ten minutes.
const maxCollisions = 20

// apply reads the gateway, edits it for every request that waits, and writes it. A
// second run of the same turn reads again: what the first one wrote needs no
// change any more, or is still being taken.
func (l *Lane) apply(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
	if s.Gathering < maxGathering && l.coming.any(t.Now) {
		s.Gathering++
		return durable.Wait(gatherPause, "Letting others who are on their way share the update."), nil
	}
	box, err := l.inbox(ctx, t)
	if err != nil {
		return durable.Outcome{}, err
	}
	batch := s.next(box)
	if len(batch) == 0 && len(s.Added) == 0 {
		return durable.GoTo(stepAwait), nil // nothing to do: that step ends the lane
	}
	doc, err := l.gateway.Read(ctx)
	if err != nil {
		return durable.Outcome{}, err
	}
	if doc.Condition() == "Updating" {
		// Another update runs. Writing now would cancel it, also that of another tool.
		return durable.Wait(l.poll, "Another update of the Application Gateway is running."), nil
	}
	out := &replies{now: t.Now}
	e, err := l.prepare(s, doc, batch, out)
	if err != nil {
		return durable.Outcome{}, err
	}
	redrive := !e.changed && len(e.batch) > 0 && !s.Redriven && doc.Condition() == "Failed"
	if !e.changed && !redrive {
		s.Added = nil
		for _, p := range e.batch {
			l.done(out, doc, p)
		}
		return out.with(s.after(box, out), box.stale), nil
	}
	return l.write(ctx, s, e, redrive, box, out)
}

func (l *Lane) write(ctx context.Context, s *State, e edit, redrive bool, box inbox, out *replies) (durable.Outcome, error) {
	operation, err := l.gateway.Write(ctx, e.doc)
	var changed *appgateway.ChangedError
	var refusal *appgateway.Refusal
	switch {
	case errors.As(err, &changed):
		return out.with(l.collide(s, changed.After), box.stale), nil
	case errors.As(err, &refusal):
		s.write("", e.batch, redrive)
		s.add(e.added)
		return out.with(l.refused(s, e.doc, refusal, box, out), box.stale), nil
	case err != nil:
		return durable.Outcome{}, err
	}
	s.Gathering = 0
	s.write(operation.ResumeToken, e.batch, redrive)
	s.add(e.added)
	pause := time.Duration(0)
	if !operation.Done {
		pause = l.pause(operation.RetryAfter)
	}
	note := fmt.Sprintf("Writing the Application Gateway for %d requests.", len(e.batch))
	if len(e.batch) == 0 {
		note = "Taking what the Application Gateway refused out of it again."
	}
	return out.with(durable.GoTo(stepAwait).After(pause).Noting(note), box.stale), nil
}

// after is where the lane goes when a round is over. It ends only in the step
// without a lease: an end that loses to new mail must run again at once.
func (s *State) after(box inbox, out *replies) durable.Outcome {
	if len(out.open(box.open)) > 0 || len(s.Added) > 0 {
		return durable.GoTo(stepApply)
	}
	return durable.GoTo(stepAwait)
}

// collide is the answer to a write that was lost to another tool's.
func (l *Lane) collide(s *State, asked time.Duration) durable.Outcome {
	s.settled()
	s.Collisions++
	if s.Collisions > maxCollisions {
		return durable.Fail(issuance.CodeGatewayRefused, fmt.Sprintf(
			"Other tools changed the Application Gateway at the same time, %d times in a row. Find out what else writes to it, then ask again.", s.Collisions))
	}
	// Both sides back off, with jitter, or they would meet again and again.
	return durable.GoTo(stepApply).After(durable.Backoff(min(s.Collisions, 5), asked, l.random())).
		Noting("Somebody else changed the Application Gateway; reading it again.")
}

// maxPoll bounds the pause between two looks at a running update. Resource Manager
// asks for longer and longer ones, up to 100 seconds, also for an update that is
// over after 20.
const maxPoll = 15 * time.Second

// pause is the time until the next look at a running update.
func (l *Lane) pause(asked time.Duration) time.Duration {
	if asked <= 0 {
		return l.poll
	}
	return min(asked, maxPoll)
}
