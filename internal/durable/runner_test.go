package durable_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
)

// trip is the state of the test flow: what it did, in order.
type trip struct {
	Done []string `json:"done"`
}

// world is one Runner on a memory store and the queue's host.
type world struct {
	t      *testing.T
	clock  *durabletest.Clock
	store  *memstore.Store
	queue  *memstore.Queue
	runner *durable.Runner
	pump   *durabletest.Pump
}

func newWorld(t *testing.T, flow durable.Flow[trip]) *world {
	t.Helper()
	clock := durabletest.NewClock()
	w := &world{t: t, clock: clock, store: memstore.New(clock.Now), queue: memstore.NewQueue(clock.Now)}
	if flow.Begin == nil {
		flow.Begin = func(json.RawMessage) (trip, error) { return trip{}, nil }
	}
	flow.Name, flow.Finished = "Trip", "Arrived."
	flow.Subject = func(*trip) string { return "example.com" }
	w.runner = durable.NewRunner(durable.Config{
		Store: w.store, Queue: w.queue, Clock: clock.Now,
		Random: func() float64 { return 0.5 },
		Flows:  []durable.Definition{flow.Define()},
	})
	w.pump = &durabletest.Pump{Queue: w.queue, Clock: clock, Handle: w.handle, Poison: w.runner.HandlePoison}
	return w
}

func (w *world) handle(ctx context.Context, m durable.Message, dequeues int) error {
	return w.runner.Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
}

func (w *world) start(claim string) string {
	w.t.Helper()
	id, _, err := w.runner.Start(context.Background(), durable.Start{Flow: "Trip", Claim: claim, Input: json.RawMessage(`{}`), Again: true})
	if err != nil {
		w.t.Fatalf("start: %v", err)
	}
	return id
}

func (w *world) load(id string) *durable.Instance {
	w.t.Helper()
	inst, err := w.store.Load(context.Background(), id)
	if err != nil {
		w.t.Fatalf("load: %v", err)
	}
	return inst
}

// finish pumps until the instance has ended and the queue is empty.
func (w *world) finish(id string) *durable.Instance {
	w.t.Helper()
	if err := w.pump.Drain(context.Background(), 500); err != nil {
		w.t.Fatalf("pump: %v", err)
	}
	inst := w.load(id)
	if !inst.Status.Ended() {
		w.t.Fatalf("instance is %s in step %s after the queue ran dry", inst.Status, inst.Step)
	}
	return inst
}

func (w *world) kinds(id string) string {
	w.t.Helper()
	events, err := w.store.History(context.Background(), id)
	if err != nil {
		w.t.Fatalf("history: %v", err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return strings.Join(kinds, " ")
}

// visit is a step that notes its name and goes on.
func visit(name string) durable.Step[trip] {
	return durable.Step[trip]{Name: name, Says: "Visiting {hostname}.", Run: func(_ context.Context, _ durable.Turn, s *trip) (durable.Outcome, error) {
		s.Done = append(s.Done, name)
		return durable.Done(), nil
	}}
}

// does is a step that runs f.
func does(name string, f func(t durable.Turn, s *trip) (durable.Outcome, error)) durable.Step[trip] {
	return durable.Step[trip]{Name: name, Says: "Doing it for {hostname}.", Run: func(_ context.Context, t durable.Turn, s *trip) (durable.Outcome, error) {
		return f(t, s)
	}}
}

func steps(s ...durable.Step[trip]) durable.Flow[trip] { return durable.Flow[trip]{Steps: s} }

func visited(t *testing.T, inst *durable.Instance) string {
	t.Helper()
	var s trip
	if err := json.Unmarshal(inst.State, &s); err != nil {
		t.Fatalf("state: %v", err)
	}
	return strings.Join(s.Done, " ")
}

func TestAFlowRunsItsStepsInOrderWhateverTheQueueDoes(t *testing.T) {
	t.Parallel()
	for name, unruly := range map[string]func(*durabletest.Pump){
		"each message once":                              func(*durabletest.Pump) {},
		"each message twice":                             func(p *durabletest.Pump) { p.Twice = true },
		"each message again because its delete was lost": func(p *durabletest.Pump) { p.LoseDeletes = true },
		"both": func(p *durabletest.Pump) { p.Twice, p.LoseDeletes = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, steps(visit("A"), visit("B"), visit("C")))
			unruly(w.pump)
			inst := w.finish(w.start("c"))
			if inst.Status != durable.Completed || visited(t, inst) != "A B C" {
				t.Errorf("ended %s after %q, want Completed after A B C", inst.Status, visited(t, inst))
			}
			if want := (durable.CustomStatus{Status: "Completed", Message: "Arrived."}); inst.Custom != want {
				t.Errorf("custom status %+v, want %+v", inst.Custom, want)
			}
			if got, want := w.kinds(inst.ID), "Started StepCompleted StepCompleted StepCompleted"; got != want {
				t.Errorf("history %q, want %q", got, want)
			}
		})
	}
}

// frailQueue loses the process between row and message: the n-th Send fails.
type frailQueue struct {
	durable.Queue
	sends, failAt int
}

func (q *frailQueue) Send(ctx context.Context, m durable.Message, d time.Duration) error {
	if q.sends++; q.sends == q.failAt {
		return errors.New("the process died")
	}
	return q.Queue.Send(ctx, m, d)
}

func TestACrashBetweenRowAndMessageLosesNothing(t *testing.T) {
	t.Parallel()
	for failAt := 2; failAt <= 3; failAt++ {
		t.Run(fmt.Sprintf("message %d is never sent", failAt), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, steps(visit("A"), visit("B"), visit("C")))
			frail := &frailQueue{Queue: w.queue, failAt: failAt}
			flow := steps(visit("A"), visit("B"), visit("C"))
			flow.Name, flow.Begin = "Trip", func(json.RawMessage) (trip, error) { return trip{}, nil }
			w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: frail, Clock: w.clock.Now, Flows: []durable.Definition{flow.Define()}})
			if inst := w.finish(w.start("c")); visited(t, inst) != "A B C" {
				t.Errorf("visited %q, want A B C", visited(t, inst))
			}
		})
	}
}

func TestAMessageThatWasLostIsSentAgainByTheRescueTimer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	id := w.start("c")
	for { // the queue loses everything
		d, ok := w.queue.Receive(time.Minute)
		if !ok {
			break
		}
		w.queue.Delete(d)
	}
	if n, err := w.runner.Rescue(context.Background()); n != 0 || err != nil {
		t.Fatalf("rescue at once: %d, %v; want 0: a message may only be late", n, err)
	}
	w.clock.Advance(13 * time.Minute)
	if n, err := w.runner.Rescue(context.Background()); n != 1 || err != nil {
		t.Fatalf("rescue after 13 minutes: %d, %v; want 1", n, err)
	}
	if n, _ := w.runner.Rescue(context.Background()); n != 0 {
		t.Errorf("rescue right after: %d, want 0: a backlog must not multiply", n)
	}
	if inst := w.finish(id); visited(t, inst) != "A B" {
		t.Errorf("visited %q, want A B", visited(t, inst))
	}
}

func TestWaitingSpendsNoAttemptAndShowsItsReason(t *testing.T) {
	t.Parallel()
	looks := 0
	w := newWorld(t, steps(does("A", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if looks++; looks <= 50 {
			return durable.Wait(10*time.Second, "Waiting for the baker."), nil
		}
		if turn.Attempt != 0 {
			return durable.Fail("Spent", "an attempt was spent"), nil
		}
		return durable.Done(), nil
	})))
	id := w.start("c")
	if err := w.pump.Until(context.Background(), func() bool { return looks == 3 }, 10); err != nil {
		t.Fatal(err)
	}
	if got := w.load(id).Custom.Message; got != "Waiting for the baker." {
		t.Errorf("message %q", got)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s: %s", inst.Status, inst.Custom.Message)
	}
}

func TestUnexpectedErrorsAreTriedAgainAndThenFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Outcome{}, &durable.Trouble{Public: "The oven is cold.", Err: errors.New("dial 10.0.0.7: token=hush")}
	})))
	inst := w.finish(w.start("c"))
	if inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepFailedRepeatedly {
		t.Errorf("ended %s %s", inst.Status, inst.Custom.Error)
	}
	if !strings.Contains(inst.Custom.Message, "The oven is cold.") || strings.Contains(inst.Custom.Message, "hush") {
		t.Errorf("message %q must hold the public text only", inst.Custom.Message)
	}
	if got := strings.Count(w.kinds(inst.ID), "Retrying"); got != 7 {
		t.Errorf("%d retries before the end, want 7 (8 attempts)", got)
	}
}

func TestAnErrorThatPassesIsForgotten(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(){
		"an error": func() {},
		"a panic":  func() { panic("surprise") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runs := 0
			w := newWorld(t, steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
				if runs++; runs <= 3 {
					trouble()
					return durable.Outcome{}, errors.New("odd")
				}
				return durable.Done(), nil
			})))
			if inst := w.finish(w.start("c")); inst.Status != durable.Completed {
				t.Errorf("ended %s: %s", inst.Status, inst.Custom.Message)
			}
		})
	}
}

func TestAStepThatIsNotDoneInTimeFailsWithWhatItWaitedFor(t *testing.T) {
	t.Parallel()
	step := does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Wait(7*time.Minute, "Waiting for Godot."), nil
	})
	step.Within = 20 * time.Minute
	w := newWorld(t, steps(step))
	inst := w.finish(w.start("c"))
	if inst.Custom.Error != durable.CodeStepTimedOut || !strings.Contains(inst.Custom.Message, "Waiting for Godot.") {
		t.Errorf("ended with %+v", inst.Custom)
	}
}

func TestAFailureWalksTheCleanUpStepsBeforeItEnds(t *testing.T) {
	t.Parallel()
	flow := steps(visit("A"), does("B", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Outcome{}, &durable.Failure{Code: "NoFlour", Message: "There is no flour. Buy some."}
	}), visit("C"))
	flow.CleanUp = []durable.Step[trip]{visit("Sweep"), does("Mop", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Fail("NoMop", "The mop is gone."), nil
	}), visit("Lights")}
	w := newWorld(t, flow)
	inst := w.finish(w.start("c"))
	if visited(t, inst) != "A Sweep Lights" {
		t.Errorf("visited %q, want A Sweep Lights", visited(t, inst))
	}
	if inst.Status != durable.Failed || inst.Custom.Error != "NoFlour" || inst.Custom.Status != "Failed" {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if !strings.Contains(inst.Custom.Message, "There is no flour. Buy some.") || !strings.Contains(inst.Custom.Message, "The mop is gone") {
		t.Errorf("message %q must tell the reason and what was left", inst.Custom.Message)
	}
}

func TestOneActiveInstancePerClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	first := w.start("c")
	if again := w.start("c"); again != first {
		t.Errorf("second start got %s, want the first one's id %s", again, first)
	}
	if other := w.start("d"); other == first {
		t.Errorf("another claim got the same instance")
	}
	w.finish(first)
	if later := w.start("c"); later == first {
		t.Errorf("after the end the claim is still held")
	}
}

func TestTerminateCleansUpAlsoBehindAStepThatIsRunning(t *testing.T) {
	t.Parallel()
	var w *world
	var id string
	left := map[string]bool{}
	flow := steps(does("Make", func(durable.Turn, *trip) (durable.Outcome, error) {
		// In the middle of the step a person terminates, and clean-up is over
		// before this run makes its thing.
		if err := w.runner.Terminate(context.Background(), id, "Changed my mind."); err != nil {
			return durable.Outcome{}, err
		}
		clean := w.load(id)
		if err := w.runner.Handle(context.Background(), clean.Current(), durable.Delivery{}); err != nil {
			return durable.Outcome{}, err
		}
		left["thing"] = true
		return durable.Done(), nil
	}), visit("B"))
	flow.CleanUp = []durable.Step[trip]{does("Remove", func(durable.Turn, *trip) (durable.Outcome, error) {
		delete(left, "thing")
		return durable.Done(), nil
	})}
	w = newWorld(t, flow)
	id = w.start("c")
	inst := w.finish(id)
	if inst.Status != durable.Terminated || inst.Custom.Message != "Changed my mind." {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if left["thing"] {
		t.Error("the thing that the losing run made is left behind")
	}
	if err := w.runner.Terminate(context.Background(), id, ""); !errors.Is(err, durable.ErrEnded) {
		t.Errorf("terminate again: %v, want ErrEnded", err)
	}
}

func TestAPoisonMessageFailsItsInstanceWithTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	crash := func(ctx context.Context, m durable.Message, dequeues int) error {
		if m.Step == "B" {
			return errors.New("the process died")
		}
		return w.handle(ctx, m, dequeues)
	}
	w.pump.Handle = crash
	inst := w.finish(w.start("c"))
	if inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepKeptCrashing {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if !strings.Contains(inst.Custom.Message, "Step B") {
		t.Errorf("message %q must name the step", inst.Custom.Message)
	}
}

func TestAStalePoisonMessageSendsTheCurrentOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	id := w.start("c")
	stale := w.load(id).Current()
	d, _ := w.queue.Receive(time.Minute)
	if err := w.handle(context.Background(), d.Message, 1); err != nil {
		t.Fatal(err)
	}
	for d, ok := w.queue.Receive(time.Hour); ok; d, ok = w.queue.Receive(time.Hour) {
		w.queue.Delete(d) // B's message is lost
	}
	w.queue.Delete(d)
	if err := w.runner.HandlePoison(context.Background(), stale); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestAParkedStepStoresNothingAndRunsWhenWoken(t *testing.T) {
	t.Parallel()
	ready := false
	w := newWorld(t, steps(does("A", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if !ready {
			return durable.Park(), nil
		}
		if !turn.Woken {
			return durable.Fail("Asleep", "not woken"), nil
		}
		return durable.Done(), nil
	})))
	id := w.start("c")
	if err := w.pump.Drain(context.Background(), 10); err != nil {
		t.Fatal(err)
	}
	parked := w.load(id)
	if parked.Seq != 1 || w.kinds(id) != "Started" {
		t.Errorf("parking stored turn %d, history %q", parked.Seq, w.kinds(id))
	}
	ready = true
	wake := parked.Current()
	wake.Wake = true
	if err := w.queue.Send(context.Background(), wake, 0); err != nil {
		t.Fatal(err)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestAnExclusiveStepIsNotEnteredTwiceAtATime(t *testing.T) {
	t.Parallel()
	var w *world
	inside, most, runs := 0, 0, 0
	step := does("Alone", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		runs++
		inside++
		most = max(most, inside)
		// The same message comes again while this run is under way.
		if runs == 1 {
			if err := w.runner.Handle(context.Background(), turn.Current(), durable.Delivery{}); err != nil {
				return durable.Outcome{}, err
			}
		}
		inside--
		return durable.Done(), nil
	})
	step.Lease = time.Minute
	w = newWorld(t, steps(step, visit("B")))
	inst := w.finish(w.start("c"))
	if most != 1 || runs != 1 {
		t.Errorf("%d runs, %d at a time; want 1 and 1", runs, most)
	}
	if inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
}

func TestALeaseWhoseHolderDiedIsTakenOver(t *testing.T) {
	t.Parallel()
	step := visit("Alone")
	step.Lease = time.Minute
	w := newWorld(t, steps(step))
	id := w.start("c")
	dead := w.load(id) // a run that took the lease and died
	dead.LeaseUntil = w.clock.Now().Add(time.Minute)
	if err := w.store.Commit(context.Background(), dead, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s %+v", inst.Status, inst.Custom)
	}
	if waited := w.clock.Now().Sub(began); waited < time.Minute {
		t.Errorf("taken over after %s, while the lease was good", waited)
	}
}

func TestMessagesToOthersSurviveACrash(t *testing.T) {
	t.Parallel()
	for _, failAt := range []int{2, 3} { // 1 is the start, 2 the message to the other, 3 the own next
		t.Run(fmt.Sprintf("send %d fails", failAt), func(t *testing.T) {
			t.Parallel()
			var other string
			flow := steps(does("Tell", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
				if turn.Instance == other {
					return durable.Done(), nil
				}
				return durable.Done().Sending(durable.Message{Instance: other, Step: "Tell", Seq: 1, Wake: true}), nil
			}), visit("B"))
			w := newWorld(t, flow)
			other = w.start("other")
			for d, ok := w.queue.Receive(time.Hour); ok; d, ok = w.queue.Receive(time.Hour) {
				w.queue.Delete(d) // only the one instance can wake the other
			}
			frail := &frailQueue{Queue: w.queue, failAt: failAt}
			flow.Name, flow.Begin = "Trip", func(json.RawMessage) (trip, error) { return trip{}, nil }
			w.runner = durable.NewRunner(durable.Config{Store: w.store, Queue: frail, Clock: w.clock.Now, Flows: []durable.Definition{flow.Define()}})
			id := w.start("c")
			w.finish(id)
			if inst := w.load(other); inst.Status != durable.Completed {
				t.Errorf("the other is %s: its message was lost", inst.Status)
			}
		})
	}
}

func TestRaisingAnEventMakesAWaitingStepLookNow(t *testing.T) {
	t.Parallel()
	runs := 0
	w := newWorld(t, steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		if runs++; runs == 1 {
			return durable.Wait(30*time.Minute, "Waiting."), nil
		}
		return durable.Done(), nil
	})))
	id := w.start("c")
	if err := w.pump.Until(context.Background(), func() bool { return runs == 1 }, 5); err != nil {
		t.Fatal(err)
	}
	began := w.clock.Now()
	if err := w.runner.Raise(context.Background(), id, "DnsFixed"); err != nil {
		t.Fatal(err)
	}
	if err := w.pump.Until(context.Background(), func() bool { return runs == 2 }, 5); err != nil {
		t.Fatal(err)
	}
	if waited := w.clock.Now().Sub(began); waited > time.Second {
		t.Errorf("looked again after %s", waited)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
}

func TestBackoffGrowsToItsCeilingAndObeysTheRemoteSide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempt     int
		asked       time.Duration
		unit        float64
		least, most time.Duration
	}{
		{1, 0, 0, 1600 * time.Millisecond, 1600 * time.Millisecond},
		{1, 0, 0.999, 2300 * time.Millisecond, 2400 * time.Millisecond},
		{3, 0, 0.5, 8 * time.Second, 8 * time.Second},
		{8, 0, 0.5, 256 * time.Second, 256 * time.Second},
		{100, 0, 0.5, 5 * time.Minute, 5 * time.Minute},
		{1, time.Hour, 0, time.Hour, time.Hour},
		{1, time.Hour, 0.999, time.Hour, 66 * time.Minute},
	} {
		if got := durable.Backoff(c.attempt, c.asked, c.unit); got < c.least || got > c.most {
			t.Errorf("Backoff(%d, %s, %v) = %s, want %s to %s", c.attempt, c.asked, c.unit, got, c.least, c.most)
		}
	}
}

func TestAnExclusiveStepThatLostItsRaceDoesNotWaitForItsOwnLease(t *testing.T) {
	t.Parallel()
	var w *world
	runs := 0
	step := does("Alone", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
		if runs++; runs == 1 { // somebody raises an event in the middle of it
			if err := w.runner.Raise(context.Background(), turn.Instance, "Hurry"); err != nil {
				return durable.Outcome{}, err
			}
		}
		return durable.Done(), nil
	})
	step.Lease = time.Hour
	w = newWorld(t, steps(step))
	id := w.start("c")
	began := w.clock.Now()
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
	_ = began
	events, _ := w.store.History(context.Background(), id)
	if last := events[len(events)-1]; last.Time.Sub(began) > time.Minute {
		t.Errorf("ended %s later: it waited for its own lease", last.Time.Sub(began))
	}
}

func TestAskingAgainMendsAStartWhoseMessageWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	id := w.start("c")
	d, _ := w.queue.Receive(time.Minute)
	w.queue.Delete(d) // the process died before it sent the first message
	if again := w.start("c"); again != id {
		t.Fatalf("a second instance %s", again)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
}
