package issuance_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// lag is how long after its last child a parent ended.
func (w *batchWorld) lag(parent *durable.Instance) time.Duration {
	w.t.Helper()
	var last time.Time
	for _, c := range w.result(parent).Children {
		if at := w.load(c.InstanceID).UpdatedAt; at.After(last) {
			last = at
		}
	}
	return parent.UpdatedAt.Sub(last)
}

func TestParentsEndWithTheirLastChild(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	first := w.start("a.example.com", "bad.example.com", "slow.example.com")
	second := w.start("b.example.com", "slow.example.com") // joins one of the first's
	w.until("all but one have ended", func() bool {
		return strings.HasPrefix(w.load(first).Custom.Message, "1 of 3 completed, 1 failed") && strings.HasPrefix(w.load(second).Custom.Message, "1 of 2 completed")
	})
	slow := w.instances()["slow.example.com"][0].ID
	if err := w.runner.Terminate(t.Context(), slow, "enough"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, second} {
		if parent := w.ended(id); w.lag(parent) > 2*time.Second {
			t.Errorf("%s ended %s after its last child", parent.Claim, w.lag(parent))
		}
	}
}

// Another process runs the children, and knows nothing of who waits for them.
func TestAParentFindsChildrenThatEndElsewhere(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	elsewhere := durable.NewRunner(durable.Config{Store: w.store, Queue: w.queue, Clock: w.clock.Now})
	elsewhere.Add(w.childFlow())
	w.pump.Handle = func(ctx context.Context, m durable.Message, dequeues int) error {
		runner := elsewhere
		if w.load(m.Instance).Flow == issuance.FlowAddMultiple {
			runner = w.runner
		}
		return runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}
	parent := w.ended(w.start("a.example.com", "b.example.com"))
	if parent.Status != durable.Completed || w.lag(parent) > 10*time.Minute {
		t.Errorf("ended %s %s after its last child", parent.Status, w.lag(parent))
	}
}
