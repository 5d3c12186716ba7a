package gatewaylane_test

import (
	"testing"
	"time"

	"certgate/internal/durable"
)

// A request to the lane whose row cannot be read is dropped. It keeps nobody waiting:
// neither the others, which get onto the gateway at once, nor its sender, which finds it
// gone and asks again.
func TestADamagedMailKeepsNoHostnameOffTheGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.want(3)
	var damaged durable.Item
	w.calls.shown = func(items []durable.Item) {
		for i := range items {
			if damaged.ID == "" {
				damaged = items[i]
			}
			if items[i].ID == damaged.ID && items[i].PostedAt.Equal(damaged.PostedAt) {
				items[i] = durable.Item{ID: damaged.ID, Damaged: true}
			}
		}
	}
	began := w.clock.Now()
	done := func() (n int) {
		for _, id := range ids {
			if w.load(id).Status == durable.Completed {
				n++
			}
		}
		return n
	}
	w.until(func() bool { return done() == 2 })
	if waited := w.clock.Now().Sub(began); waited > time.Minute {
		t.Errorf("the others waited %s", waited)
	}
	if damaged.ID == "" {
		t.Fatal("no mail was damaged")
	}
	for w.drain(); done() < 3 && w.clock.Now().Sub(began) < time.Hour; w.drain() {
		w.clock.Advance(5 * time.Minute) // as often as the timer runs
		if _, err := w.runner.Rescue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for i, id := range ids {
		w.wantCompleted(i, id)
	}
	if waited := w.clock.Now().Sub(began); waited > 35*time.Minute {
		t.Errorf("the sender of the damaged one waited %s", waited)
	}
}
