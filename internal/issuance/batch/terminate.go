package batch

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
)

// terminationsPerTurn is how many children one turn terminates, three storage
// requests each.
const terminationsPerTurn = 200

// terminateChildren passes a termination on and waits until the children have
// cleaned up after themselves. It finds them by their parent in the store, not in
// the state: a start step that died may have started some that the state does not
// know. Children that the parent only joined are left alone.
//
// A parent that fails, which it does when its children have ended or when it is
// in trouble itself, leaves them alone.
func terminateChildren(engine Engine, instances Instances) durable.Step[state] {
	return durable.Step[state]{
		Name:  "TerminateChildrenStep",
		Says:  "Terminating the certificate requests that are still running.",
		Title: "Terminate the jobs that still run",
		Run: func(ctx context.Context, t durable.Turn, s *state) (durable.Outcome, error) {
			if t.Ending == nil || t.Ending.Status != durable.Terminated {
				return durable.Done(), nil
			}
			active, err := listOwn(ctx, instances, t, durable.Pending, durable.Running)
			if err != nil {
				return durable.Outcome{}, err
			}
			if err := terminateEach(ctx, engine, active, "Terminated with "+Flow+" "+t.Instance+": "+t.Ending.Message); err != nil {
				return durable.Outcome{}, err
			}
			if len(active) > 0 {
				return durable.Wait(childrenPause(t.Now.Sub(t.Since)), fmt.Sprintf("%d certificate requests are cleaning up.", len(active))), nil
			}
			// A run that starts children may still be at it. It cleans up itself when it
			// finds that it has lost; but it may die before that.
			starts := t.Ending.Step == stepStartChildren || len(s.waiting()) > 0
			if left := t.Since.Add(startTimeout).Sub(t.Now); starts && left > 0 {
				return durable.Wait(left, "Making sure that no certificate request was started at the last moment."), nil
			}
			if err := s.adopt(ctx, instances, t); err != nil {
				return durable.Outcome{}, err
			}
			return durable.Done(), s.look(ctx, instances)
		},
	}
}

// terminateEach terminates up to terminationsPerTurn of the given instances.
// Those that are on their way out already are left alone.
func terminateEach(ctx context.Context, engine Engine, active []*durable.Instance, reason string) error {
	var group errgroup.Group
	group.SetLimit(childrenAtOnce)
	n := 0
	for _, inst := range active {
		if inst.Ending != nil || n >= terminationsPerTurn {
			continue
		}
		n++
		group.Go(func() error {
			err := engine.Terminate(ctx, inst.ID, reason)
			if err != nil && !errors.Is(err, durable.ErrEnded) && !errors.Is(err, durable.ErrNotFound) {
				return fmt.Errorf("terminate the request %s: %w", inst.ID, err)
			}
			return nil
		})
	}
	return group.Wait()
}
