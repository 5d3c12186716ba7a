package batch

import (
	"context"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// codeChildGone stands for a child whose instance was purged before its parent saw
// how it ended. It is the API's code for an instance that is not there.
const codeChildGone = "InstanceNotFound"

// childrenWithin is longer than any child may take: a rate limit of the authority
// can keep one waiting for eight days.
const childrenWithin = 14 * 24 * time.Hour

// awaitChildren looks at the children until all have ended, and starts those that had
// to wait for other work on their hostname. A look costs the same few storage requests
// for ten children and for a thousand, and three for each child that waits.
func awaitChildren(engine Engine, instances Instances, within time.Duration) durable.Step[state] {
	return durable.Step[state]{
		Name:    "AwaitChildrenStep",
		Says:    "Waiting for the certificates of all hostnames.",
		Title:   "Wait for these jobs",
		Within:  within,
		Timeout: startTimeout,
		Run: func(ctx context.Context, t durable.Turn, s *state) (durable.Outcome, error) {
			if err := s.look(ctx, instances); err != nil {
				return durable.Outcome{}, err
			}
			if err := s.startWaiting(ctx, engine, t); err != nil {
				return durable.Outcome{}, err
			}
			if len(s.running())+len(s.waiting()) > 0 {
				return durable.Wait(s.nextLook(t), s.progress(t.Now)), nil
			}
			if r := s.result(); r.Completed < r.Total {
				return durable.Fail(issuance.CodeSomeFailed, s.shortfall()), nil
			}
			return durable.Done(), nil
		},
	}
}

const (
	// While children are ending, the parent looks often, so that it ends soon after
	// the last of them.
	endingFor   = 10 * time.Minute
	endingPause = 15 * time.Second
)

// nextLook is the pause before the next look. It is at most endingPause within
// endingFor of the last end, or of the start. After that the children wait, and the
// parent waits with them.
func (s *state) nextLook(t durable.Turn) time.Duration {
	pause := childrenPause(t.Now.Sub(t.Since))
	if len(s.running()) == 0 { // all others are planned
		pause = max(pause, s.nextPlanned(t.Now))
		if len(s.startable(t.Now)) == 0 {
			return min(pause, longestPause)
		}
	}
	if t.Now.Sub(later(t.Since, s.LastEnd)) < endingFor {
		return min(pause, endingPause)
	}
	return pause
}

// longestPause is between two looks of a parent whose other children are planned for later.
const longestPause = 12 * time.Hour

// childrenPause is the pause for children that wait: 2 seconds at first, a third of
// the time so far up to a minute, and up to ten minutes for those that wait for
// hours.
func childrenPause(waited time.Duration) time.Duration {
	pause := min(max(waited/3, 2*time.Second), time.Minute)
	return min(max(pause, waited/60), 10*time.Minute)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// look learns how the children ended that have ended since the last look.
func (s *state) look(ctx context.Context, instances Instances) error {
	running := s.running()
	ids := make([]string, 0, len(running))
	for _, c := range running {
		ids = append(ids, c.Instance)
	}
	rows, err := s.rows(ctx, instances, ids)
	if err != nil {
		return err
	}
	for _, c := range running {
		if inst := rows[c.Instance]; inst != nil {
			s.saw(c, inst)
		} else {
			c.Ended, c.Error = durable.Failed, codeChildGone
		}
	}
	return nil
}
