package batch_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
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

func TestAParentEndsSoonAfterChildrenThatEndOneAfterTheOther(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	first := w.start("a.example.com", "bad.example.com", "slow.example.com")
	second := w.start("b.example.com", "slow.example.com") // joins one of the first's
	w.until("all but one have ended", func() bool {
		return strings.HasPrefix(w.load(first).Custom.Message, "1 of 3 completed, 1 failed") && strings.HasPrefix(w.load(second).Custom.Message, "1 of 2 completed")
	})
	seen := w.clock.Now()
	w.until("nine minutes have passed", func() bool { return w.clock.Now().Sub(seen) >= 9*time.Minute })
	slow := w.instances()["slow.example.com"][0].ID
	if err := w.runner.Terminate(t.Context(), slow, "enough"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, second} {
		if parent := w.ended(id); w.lag(parent) > 15*time.Second {
			t.Errorf("%s ended %s after its last child", parent.Claim, w.lag(parent))
		}
	}
}

func TestAParentOfChildrenThatOnlyWaitLooksSeldom(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	w.start("slow.example.com")
	started := w.clock.Now()
	w.until("five hours have passed", func() bool { return w.clock.Now().Sub(started) >= 5*time.Hour })
	before := w.store.reads.Load()
	w.until("five more hours have passed", func() bool { return w.clock.Now().Sub(started) >= 10*time.Hour })
	// A look each ten minutes at most; the child itself runs once an hour.
	if reads := w.store.reads.Load() - before; reads > 120 {
		t.Errorf("%d rows were read in five hours", reads)
	}
}
