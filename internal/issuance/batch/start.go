package batch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	stepStartChildren = "StartChildrenStep"
	// startsPerTurn is how many children one turn starts, two storage requests
	// each, so that a turn takes seconds.
	startsPerTurn = 100
	startTimeout  = time.Minute
	// startedWithin is by when all children are there, unless the app was away. It
	// is a guess that saves requests: those that are not found so are read singly.
	startedWithin = time.Hour
	// firstLook is when the children are looked at first: none is done sooner.
	firstLook = 2 * time.Second
)

// startChildren starts an instance for each hostname, and for each only one, ever:
// a repeat of a turn gets the children of the run that died, also those that have
// ended since, so that no certificate is asked for twice. A child that has not taken
// its first step is sent its message again: that run may have died between the two.
// What installs a certificate for a hostname is joined; while other work is done on
// one, its child waits, and the next step starts it.
func startChildren(engine Engine) durable.Step[state] {
	return durable.Step[state]{
		Name:    stepStartChildren,
		Says:    "Starting a certificate request for each hostname.",
		Title:   "Start a job for each hostname",
		Timeout: startTimeout,
		Run: func(ctx context.Context, t durable.Turn, s *state) (durable.Outcome, error) {
			if s.From.IsZero() {
				s.From = t.Created.Add(-clockSkew)
			}
			next := s.unstarted(startsPerTurn)
			if len(next) > 0 {
				s.Started = t.Now
			}
			done, err := s.startEach(ctx, engine, t, next)
			switch left := len(s.unstarted(len(s.Children))); {
			case err != nil && done == 0:
				return durable.Outcome{}, err
			case err != nil: // it goes on, so this is no failed attempt
				return durable.Outcome{}, &durable.RetryLater{After: 5 * time.Second, Err: err,
					Reason: fmt.Sprintf("%d of %d requests are started; the others are tried again.", len(s.Children)-left, len(s.Children))}
			case left > 0:
				return durable.Wait(0, fmt.Sprintf("%d of %d requests are started.", len(s.Children)-left, len(s.Children))), nil
			}
			return durable.Done().After(firstLook), nil
		},
	}
}

// startEach starts the given children and says of how many of them it knows now what
// becomes of them. One that cannot be started does not keep back the others.
func (s *state) startEach(ctx context.Context, engine Engine, t durable.Turn, children []*child) (int, error) {
	var group errgroup.Group
	group.SetLimit(childrenAtOnce)
	var done atomic.Int64
	for _, c := range children {
		group.Go(func() error {
			if err := c.start(ctx, engine, t, s); err != nil {
				return fmt.Errorf("start the request for %s: %w", c.Hostname, err)
			}
			done.Add(1)
			return nil
		})
	}
	err := group.Wait()
	return int(done.Load()), err
}

// begins is the start of a child.
func (c *child) begins(s *state) (durable.Start, error) {
	if c.Listener != nil {
		return issuance.TakeOverListener(*c.Listener)
	}
	return issuance.AddWith(c.Hostname, s.TakeOver, s.Options, c.Gateways...)
}

// start starts a child, or learns why that is not possible now.
func (c *child) start(ctx context.Context, engine Engine, t durable.Turn, s *state) error {
	start, err := c.begins(s)
	if err != nil {
		return err
	}
	start.RequestedBy, start.Parent, start.Once = t.RequestedBy, t.Instance, t.Instance+" "+c.key()
	id, _, err := engine.Start(ctx, start)
	var row *durable.UnreadableError
	switch {
	case errors.As(err, new(*durable.BusyError)):
		c.Waits = true
		return nil
	case errors.As(err, &row): // whatever holds the hostname, nothing will come of it
		c.Instance, c.Waits, c.Ended, c.Error = row.ID, false, durable.Failed, durable.CodeInstanceDamaged
		return nil
	case err != nil:
		return err
	}
	c.Instance, c.Waits = id, false
	return nil
}

// startWaiting starts the children that waited for other work on their hostname, if
// that is over. Those that start are looked at soon. One that cannot be started now is
// tried again with the next look.
func (s *state) startWaiting(ctx context.Context, engine Engine, t durable.Turn) error {
	waiting := s.startable(t.Now)
	_, err := s.startEach(ctx, engine, t, waiting)
	if len(s.startable(t.Now)) < len(waiting) {
		s.LastEnd = later(s.LastEnd, t.Now)
		return nil
	}
	return err
}

// adopt takes over the children that a run of this parent started without being
// able to store their ids.
func (s *state) adopt(ctx context.Context, instances Instances, t durable.Turn) error {
	own, err := listOwn(ctx, instances, t)
	if err != nil {
		return err
	}
	if s.From.IsZero() { // the first turn was lost
		s.From = t.Created.Add(-clockSkew)
	}
	known := s.byClaim()
	for _, inst := range own {
		if c := known[inst.Claim]; c != nil && c.Instance == "" {
			s.saw(c, inst)
			s.Started = later(s.Started, inst.CreatedAt)
		}
	}
	return nil
}
