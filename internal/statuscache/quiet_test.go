package statuscache_test

import (
	"context"
	"testing"
	"time"

	"certgate/internal/durable"
)

func (c *counted) List(ctx context.Context, f durable.Filter) ([]*durable.Instance, string, error) {
	c.lists++
	page, next, err := c.Store.List(ctx, f)
	if c.meanwhile != nil {
		c.meanwhile()
	}
	return page, next, err
}

func (w *world) active() int {
	w.Helper()
	page, _, err := w.cache.List(context.Background(), durable.Filter{Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}, Top: 50})
	if err != nil {
		w.Fatal(err)
	}
	return len(page)
}

func TestAQuietHourCostsUnderSixtyReadsHoweverManyAsk(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for range 3600 / 10 {
		for range 10 {
			if w.active() != 0 {
				t.Fatal("nothing is active")
			}
		}
		w.now = w.now.Add(10 * time.Second)
	}
	if w.store.lists > 60 {
		t.Errorf("%d reads", w.store.lists)
	}
}

func TestWhatIsStartedHereEndsTheQuietAtOnce(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if w.active() != 0 {
		t.Fatal("nothing is active yet")
	}
	inst := &durable.Instance{ID: durable.NewID("a"), Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: w.now, UpdatedAt: w.now, DueAt: w.now}
	if err := w.cache.Engine(w.store).Create(t.Context(), inst, durable.Event{}); err != nil {
		t.Fatal(err)
	}
	if w.active() != 1 {
		t.Error("it is not seen")
	}
}

func TestAStartDuringTheReadIsNotMissed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.store.meanwhile = func() {
		w.store.meanwhile = nil
		inst := &durable.Instance{ID: durable.NewID("a"), Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: w.now, UpdatedAt: w.now, DueAt: w.now}
		if err := w.cache.Engine(w.store.Store).Create(t.Context(), inst, durable.Event{}); err != nil {
			t.Error(err)
		}
	}
	if w.active() != 0 {
		t.Fatal("it was read before the start")
	}
	if w.active() != 1 {
		t.Error("what was read before the start is believed after it")
	}
}
