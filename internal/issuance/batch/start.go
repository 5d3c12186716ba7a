package batch

import (
	"context"
	"encoding/json"
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
			started, err := startEach(ctx, engine, t, next)
			switch left := len(s.unstarted(len(s.Children))); {
			case err != nil && started == 0:
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

// startEach starts the given children and says how many of them it could start.
// One that cannot be started does not keep back the others.
func startEach(ctx context.Context, engine Engine, t durable.Turn, children []*child) (int, error) {
	var group errgroup.Group
	group.SetLimit(childrenAtOnce)
	var started atomic.Int64
	for _, c := range children {
		group.Go(func() error {
			input, err := json.Marshal(issuance.Input{Hostnames: []issuance.InputHostname{{Hostname: c.Hostname}}})
			if err != nil {
				return fmt.Errorf("encode input of %s: %w", c.Hostname, err)
			}
			id, _, err := engine.Start(ctx, durable.Start{
				Flow: issuance.FlowAddCertificate, Claim: issuance.Claim(c.Hostname), Input: input, RequestedBy: t.RequestedBy, Parent: t.Instance,
				Once: t.Instance + " " + c.Hostname,
			})
			if durable.Unreadable(err) { // whatever holds the hostname, nothing will come of it
				c.Ended, c.Error, err = durable.Failed, durable.CodeInstanceDamaged, nil
			}
			if err != nil {
				return fmt.Errorf("start the request for %s: %w", c.Hostname, err)
			}
			c.Instance = id
			started.Add(1)
			return nil
		})
	}
	err := group.Wait()
	return int(started.Load()), err
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
