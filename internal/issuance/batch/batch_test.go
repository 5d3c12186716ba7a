package batch_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
)

func TestAThousandHostnamesAreStartedAndCounted(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	names := numbered("h", batch.MaxHostnames)
	began := w.clock.Now()
	id := w.start(names...)
	w.until("all are started", func() bool { return w.load(id).Step == "AwaitChildrenStep" })
	if took := w.clock.Now().Sub(began); took > 5*time.Second {
		t.Errorf("starting them took %s", took)
	}
	w.until("the first look", func() bool { return strings.Contains(w.load(id).Custom.Message, "running") })
	if got, want := w.load(id).Custom.Message, "0 of 1000 completed, 0 failed, 1000 running."; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	inst := w.ended(id)
	if r := w.result(inst); inst.Status != durable.Completed || r.Total != 1000 || r.Completed != 1000 || len(r.Children) != 1000 {
		t.Errorf("ended %s: %d of %d", inst.Status, r.Completed, r.Total)
	}
	w.onceEach(names)
	for _, child := range w.instances() {
		if c := child[0]; c.Parent != id || c.RequestedBy != "ann" {
			t.Fatalf("child of %q requested by %q", c.Parent, c.RequestedBy)
		}
	}
}

func TestALookCostsNoMoreForManyChildrenThanForFew(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	id := w.start(numbered("h", 500)...)
	w.until("the first look", func() bool { return strings.Contains(w.load(id).Custom.Message, "running") })
	reads, lists := w.store.reads.Load(), w.store.lists.Load()
	w.ended(id)
	events, err := w.store.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if reads, lists = w.store.reads.Load()-reads, w.store.lists.Load()-lists; reads > 0 || int(lists) > len(events) {
		t.Errorf("%d rows were read one by one, %d lists in %d turns", reads, lists, len(events))
	}
	if len(events) > 60 {
		t.Errorf("%d turns for children that took ten minutes", len(events))
	}
}

func TestOneOfTenThatFailsIsNamedAndTheOthersStand(t *testing.T) {
	t.Parallel()
	for name, unruly := range map[string]func(*batchWorld){
		"each message once":                              func(*batchWorld) {},
		"each message twice":                             func(w *batchWorld) { w.pump.Twice = true },
		"each message again because its delete was lost": func(w *batchWorld) { w.pump.LoseDeletes = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBatchWorld(t)
			unruly(w)
			names := append(numbered("h", 9), "bad.example.com")
			id := w.start(names...)
			inst := w.ended(id)
			if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeSomeFailed {
				t.Fatalf("ended %s %+v", inst.Status, inst.Custom)
			}
			for _, says := range []string{"1 of 10", "bad.example.com (HostnameNotResolvingToApplicationGateway)", "output"} {
				if !strings.Contains(inst.Custom.Message, says) {
					t.Errorf("message %q lacks %q", inst.Custom.Message, says)
				}
			}
			r := w.result(inst)
			if r.Completed != 9 || r.Failed != 1 {
				t.Errorf("%d completed, %d failed", r.Completed, r.Failed)
			}
			last := r.Children[9]
			if last.Hostname != "bad.example.com" || last.RuntimeStatus != "Failed" || last.Error != issuance.CodeHostnameNotResolving || w.load(last.InstanceID).Status != durable.Failed {
				t.Errorf("the failed child is %+v", last)
			}
			w.onceEach(names)
			if len(w.files) != 0 {
				t.Errorf("left behind: %v", w.files)
			}
		})
	}
}

func TestManyFailuresAreCountedNotAllNamed(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	inst := w.ended(w.start(numbered("bad", 200)...))
	if m := inst.Custom.Message; !strings.Contains(m, "bad4.example.com") || strings.Contains(m, "bad5.example.com") || !strings.Contains(m, "and 195 more") {
		t.Errorf("message %q", m)
	}
}

func TestTerminatingTheParentTerminatesItsOwnChildrenWithTheirCleanUp(t *testing.T) {
	t.Parallel()
	for name, unruly := range map[string]func(*batchWorld){
		"each message once":                              func(*batchWorld) {},
		"each message twice":                             func(w *batchWorld) { w.pump.Twice = true },
		"each message again because its delete was lost": func(w *batchWorld) { w.pump.LoseDeletes = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBatchWorld(t)
			unruly(w)
			joined := w.startOne("slow-joined.example.com")
			id := w.start(append(numbered("slow", 300), "h.example.com", "slow-joined.example.com")...)
			w.until("one has completed", func() bool { return strings.HasPrefix(w.load(id).Custom.Message, "1 of 302") })
			if err := w.runner.Terminate(t.Context(), id, "Wrong customer."); err != nil {
				t.Fatal(err)
			}
			inst := w.ended(id)
			if inst.Status != durable.Terminated || inst.Custom.Message != "Wrong customer." {
				t.Errorf("ended %s %+v", inst.Status, inst.Custom)
			}
			if r := w.result(inst); r.Completed != 1 || r.Terminated != 300 || r.Children[301].RuntimeStatus != "Running" {
				t.Errorf("%d completed, %d terminated, the joined one %+v", r.Completed, r.Terminated, r.Children[301])
			}
			for name, list := range w.instances() {
				if strings.HasPrefix(name, "slow") && list[0].ID != joined && (list[0].Status != durable.Terminated || !strings.Contains(list[0].Custom.Message, "Wrong customer.")) {
					t.Fatalf("%s is %s: %s", name, list[0].Status, list[0].Custom.Message)
				}
			}
			if len(w.files) != 1 || !w.files["slow-joined.example.com"] {
				t.Errorf("left behind: %d files", len(w.files))
			}
			if w.load(joined).Status.Ended() {
				t.Error("the joined instance was terminated: it belongs to somebody else")
			}
		})
	}
}

// parentDies makes the row of the parent's first turn be lost.
func parentDies(w *batchWorld, id string) {
	died := false
	w.store.refuse = func(inst *durable.Instance, create bool) error {
		if inst.ID == id && !create && !died {
			died = true
			return errDied
		}
		return nil
	}
}

func TestACrashBetweenTheStartOfChildrenAndTheRowStartsNoneTwice(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]time.Duration{
		"one is over within a second":     time.Second,
		"the children still run":          30 * time.Second,
		"the children are over meanwhile": time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBatchWorld(t)
			w.pump.RetryAfter = away
			names := append([]string{"bad.example.com", "refused.example.com"}, numbered("h", 150)...)
			id := w.start(names...)
			parentDies(w, id)
			inst := w.ended(id)
			if r := w.result(inst); r.Completed != 150 || r.Failed != 2 {
				t.Errorf("ended %s: %d completed, %d failed", inst.Status, r.Completed, r.Failed)
			}
			w.onceEach(names)
		})
	}
}

// The process may also die between the row of a child and its first message.
func TestChildrenWhoseFirstMessageWasNeverSentAreSetGoingByTheRepeat(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]time.Duration{"soon": 2 * time.Second, "late": 30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBatchWorld(t)
			w.pump.RetryAfter = away
			names := numbered("h", 20)
			id := w.start(names...)
			parentDies(w, id)
			w.until("the first turn is lost", func() bool { return len(w.instances()) == 20 })
			for d, ok := w.queue.Receive(time.Minute); ok; d, ok = w.queue.Receive(time.Minute) {
				w.queue.Delete(d) // the children's, as if they had not been sent: the parent's is hidden
			}
			if r := w.result(w.ended(id)); r.Completed != 20 {
				t.Errorf("%d of 20 completed", r.Completed)
			}
			w.onceEach(names)
		})
	}
}

func TestATerminationReachesChildrenWhoseStartWasLost(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	id := w.start(numbered("slow", 20)...)
	parentDies(w, id)
	w.until("the first turn is lost", func() bool { return len(w.instances()) == 20 })
	if err := w.runner.Terminate(t.Context(), id, ""); err != nil {
		t.Fatal(err)
	}
	inst := w.ended(id)
	if r := w.result(inst); r.Terminated != 20 || r.Children[0].InstanceID == "" {
		t.Errorf("ended %s: %d terminated, the first %+v", inst.Status, r.Terminated, r.Children[0])
	}
	if len(w.files) != 0 {
		t.Errorf("left behind: %v", w.files)
	}
}

func TestATerminationInTheMiddleOfTheStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	for name, dies := range map[string]bool{"the start step goes on": false, "the start step dies": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newBatchWorld(t)
			id := w.start(numbered("slow", 10)...)
			var creates atomic.Int64
			w.store.refuse = func(inst *durable.Instance, create bool) error {
				switch {
				case inst.Parent == id && create:
					if creates.Add(1) == 1 { // the clean-up finds none of them
						w.terminateNow(id)
					}
				case inst.ID == id && inst.Ending == nil && creates.Load() > 0 && dies:
					return errDied // before it notices that it has lost
				}
				return nil
			}
			inst := w.ended(id)
			w.store.refuse = nil
			if err := w.pump.Until(t.Context(), func() bool { return w.queue.Len() == 0 }, 1000); err != nil {
				t.Fatal(err)
			}
			for name, list := range w.instances() {
				if list[0].Status != durable.Terminated {
					t.Errorf("%s is %s", name, list[0].Status)
				}
			}
			if inst.Status != durable.Terminated || len(w.files) != 0 {
				t.Errorf("the parent ended %s, left behind: %v", inst.Status, w.files)
			}
		})
	}
}

// terminateNow terminates and runs the first turn of the clean-up, inside
// whatever runs at the moment.
func (w *batchWorld) terminateNow(id string) {
	w.t.Helper()
	ctx := context.Background()
	if err := w.runner.Terminate(ctx, id, "Stop."); err != nil {
		w.t.Error(err)
	}
	if err := w.runner.Handle(ctx, w.load(id).Current(), durable.Delivery{}); err != nil {
		w.t.Error(err)
	}
}

func TestAHostnameThatCannotBeStartedKeepsNoOtherBack(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	names := numbered("h", 120)
	id := w.start(names...)
	refused := 0
	w.store.refuse = func(inst *durable.Instance, create bool) error {
		if create && inst.Claim == issuance.Claim(names[7]) && refused < 3 {
			refused++
			return errDied
		}
		return nil
	}
	w.until("the others are started", func() bool { return len(w.instances()) == 119 })
	inst := w.ended(id)
	if r := w.result(inst); r.Completed != 120 {
		t.Errorf("ended %s %q: %d completed", inst.Status, inst.Custom.Message, r.Completed)
	}
	w.onceEach(names)
}

func TestAChildThatWasPurgedIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	id := w.start("slow.example.com", "h.example.com")
	w.until("a look", func() bool { return strings.Contains(w.load(id).Custom.Message, "running") })
	child := w.instances()["slow.example.com"][0].ID
	if err := w.runner.Terminate(t.Context(), child, ""); err != nil {
		t.Fatal(err)
	}
	w.until("its end", func() bool { return w.load(child).Status.Ended() })
	if err := w.store.Purge(t.Context(), child); err != nil {
		t.Fatal(err)
	}
	inst := w.ended(id)
	if inst.Status != durable.Failed || !strings.Contains(inst.Custom.Message, "slow.example.com (InstanceNotFound)") {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestOneParentPerSetOfHostnames(t *testing.T) {
	t.Parallel()
	one := batch.Claim(input("b.example.com", "a.example.com"))
	if other := batch.Claim(input("a.example.com", "b.example.com")); other != one {
		t.Error("the order of hostnames makes another claim")
	}
	for _, in := range []issuance.Input{input("a.example.com"), input("a.example.com", "b.example.com", "c.example.com")} {
		if batch.Claim(in) == one {
			t.Errorf("%v has the claim of another set", in)
		}
	}
}

func TestChildrenAreShownInTheOrderOfTheRequest(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	id := w.start("z.example.com", "bad.example.com", "a.example.com", "b.example.com", "c.example.com")
	show := func() []batch.ChildStatus {
		t.Helper()
		list, err := batch.ReadChildren(t.Context(), w.store, w.load(id))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if first := show(); len(first) != 5 || first[0].RuntimeStatus != "Pending" || first[0].InstanceID != "" {
		t.Errorf("before the start: %+v", first)
	}
	w.ended(id)
	list := show()
	var names []string
	for _, c := range list {
		names = append(names, c.Hostname)
	}
	if want := []string{"z.example.com", "bad.example.com", "a.example.com", "b.example.com", "c.example.com"}; !slices.Equal(names, want) {
		t.Errorf("order %q", names)
	}
	if bad := list[1]; bad.RuntimeStatus != "Failed" || bad.CustomStatus.Message != "bad.example.com has no address." || bad.CustomStatus.Error != issuance.CodeHostnameNotResolving {
		t.Errorf("the failed child is %+v", bad)
	}
	if err := w.store.Purge(t.Context(), list[0].InstanceID); err != nil {
		t.Fatal(err)
	}
	if gone := show()[0]; gone.RuntimeStatus != "Completed" || !strings.Contains(gone.CustomStatus.Message, "purged") {
		t.Errorf("the purged child is %+v", gone)
	}
}
