package issuance

import (
	"context"
	"time"

	"certgate/internal/durable"
)

// codeChildGone stands for a child whose instance was purged before anybody saw
// how it ended. It is the API's code for an instance that is not there.
const codeChildGone = "InstanceNotFound"

// childrenWithin is longer than any child may take: a rate limit of the authority
// can keep one waiting for eight days.
const childrenWithin = 14 * 24 * time.Hour

// awaitChildren looks at the children until all have ended. A look costs the
// same few storage requests for ten children and for a thousand. The end of the last
// one brings the next look forward, if it ends in this process.
func awaitChildren(instances Instances, relatives *family) durable.Step[Batch] {
	return durable.Step[Batch]{
		Name:   "AwaitChildrenStep",
		Says:   "Waiting for the certificates of all hostnames.",
		Title:  "Wait for these jobs",
		Within: childrenWithin,
		Run: func(ctx context.Context, t durable.Turn, s *Batch) (durable.Outcome, error) {
			relatives.await(t.Instance, s.running())
			if err := s.look(ctx, instances); err != nil {
				return durable.Outcome{}, err
			}
			if running := s.running(); len(running) > 0 {
				if !relatives.narrow(t.Instance, running) {
					return durable.Wait(0, s.progress()), nil
				}
				return durable.Wait(childrenPause(t.Now.Sub(t.Since)), s.progress()), nil
			}
			if r := s.result(); r.Completed < r.Total {
				return durable.Fail(CodeSomeFailed, s.shortfall()), nil
			}
			return durable.Done(), nil
		},
	}
}

// childrenPause is the pause before the next look: 2 seconds at first, a third of
// the time so far up to a minute, and with children that wait for hours up to
// ten minutes.
func childrenPause(waited time.Duration) time.Duration {
	pause := min(max(waited/3, 2*time.Second), time.Minute)
	return min(max(pause, waited/60), 10*time.Minute)
}

// look learns how the children ended that have ended since the last look.
func (s *Batch) look(ctx context.Context, instances Instances) error {
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
			c.saw(inst)
		} else {
			c.Ended, c.Error = durable.Failed, codeChildGone
		}
	}
	return nil
}
