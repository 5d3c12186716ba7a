package durable_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"certgate/internal/durable"
)

// absentStore is a store that goes away and comes back. It goes at once, or in the
// very moment of the first write: that is stored, its answer is lost.
type absentStore struct {
	durable.Store
	now     func() time.Time
	back    time.Time
	present bool // until the first write
	says    error
}

func (s *absentStore) away() bool { return !s.present && s.now().Before(s.back) }

func (s *absentStore) Load(ctx context.Context, id string) (*durable.Instance, error) {
	if s.away() {
		return nil, s.says
	}
	return s.Store.Load(ctx, id)
}

func (s *absentStore) Commit(ctx context.Context, inst *durable.Instance, c durable.Change) error {
	if s.away() {
		return s.says
	}
	err := s.Store.Commit(ctx, inst, c)
	if s.present {
		s.present = false
		return s.says
	}
	return err
}

func TestAStoreThatIsAwayForHoursFailsNothing(t *testing.T) {
	t.Parallel()
	for name, present := range map[string]bool{"before a turn": false, "with the answer to a turn that is stored": true} {
		t.Run("it goes "+name, func(t *testing.T) {
			t.Parallel()
			flow := steps(visit("A"), visit("B"), visit("C"))
			w := newWorld(t, flow)
			id := w.start("c")
			w.rebuild(flow, &absentStore{Store: w.store, now: w.clock.Now, back: w.clock.Now().Add(2 * time.Hour), present: present, says: errors.New("storage answered 403")})
			w.pump.RetryAfter = 30 * time.Second
			poisoned := 0
			w.pump.Poison = func(ctx context.Context, m durable.Message) error {
				poisoned++
				return w.runner.HandlePoison(ctx, m)
			}
			inst := w.finish(id)
			if inst.Status != durable.Completed || visited(t, inst) != "A B C" || poisoned != 0 {
				t.Errorf("ended %s after %q with %d poison messages: %s", inst.Status, visited(t, inst), poisoned, inst.Custom.Message)
			}
		})
	}
}

func TestWhatWillNeverFitIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	flow := steps(visit("A"), visit("B"))
	w := newWorld(t, flow)
	id := w.start("c")
	w.rebuild(flow, &absentStore{Store: w.store, now: w.clock.Now, back: w.clock.Now().Add(time.Minute), says: fmt.Errorf("too much: %w", durable.ErrUnstorable)})
	w.pump.RetryAfter = time.Second
	w.pump.Poison = func(ctx context.Context, m durable.Message) error {
		w.clock.Advance(time.Hour)
		return w.runner.HandlePoison(ctx, m)
	}
	if inst := w.finish(id); inst.Custom.Error != durable.CodeStepKeptCrashing {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}
