package durable_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
)

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

// offline is a step whose remote side answers with an error until it is back.
func offline(back time.Duration) durable.Step[trip] {
	return does("A", func(turn durable.Turn, s *trip) (durable.Outcome, error) {
		if turn.Now.Before(turn.Created.Add(back)) {
			return durable.Outcome{}, &durable.Transient{Public: "The oven is cold.", Err: errors.New("dial 10.0.0.7: token=hush")}
		}
		s.Done = append(s.Done, "A")
		return durable.Done(), nil
	})
}

func TestAnOutageOfSomeHoursFailsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(offline(5*time.Hour), visit("B")))
	id := w.start("c")
	if err := w.pump.Until(context.Background(), func() bool { return w.clock.Now().After(w.load(id).CreatedAt.Add(time.Hour)) }, 100); err != nil {
		t.Fatal(err)
	}
	if got := w.load(id).Custom.Message; !strings.HasPrefix(got, "Trying again in ") || !strings.Contains(got, "The oven is cold.") {
		t.Errorf("after an hour people read %q", got)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s: %s", inst.Status, inst.Custom.Message)
	}
}

func TestAnOutageWithoutEndFailsWhenTheStepsTimeIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(offline(1000*time.Hour)))
	inst := w.finish(w.start("c"))
	if inst.Status != durable.Failed || inst.Custom.Error != durable.CodeStepTimedOut {
		t.Errorf("ended %s %s", inst.Status, inst.Custom.Error)
	}
	if took := inst.UpdatedAt.Sub(inst.CreatedAt); took < 6*time.Hour || took > 6*time.Hour+time.Minute {
		t.Errorf("it failed after %s, want 6 hours", took)
	}
	for _, words := range []string{"Not done within 6h.", "attempts", "The oven is cold."} {
		if !strings.Contains(inst.Custom.Message, words) {
			t.Errorf("message %q lacks %q", inst.Custom.Message, words)
		}
	}
	if strings.Contains(inst.Custom.Message, "hush") {
		t.Errorf("message %q must hold the public text only", inst.Custom.Message)
	}
}

func TestAStepWithFewAttemptsFailsAfterThemInARow(t *testing.T) {
	t.Parallel()
	runs := 0
	step := does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		if runs++; runs == 6 { // an answer in between: the count starts over
			return durable.Wait(time.Minute, "Waiting for the baker."), nil
		}
		return durable.Outcome{}, &durable.Transient{Public: "The oven is cold."}
	})
	step.Attempts = 8
	w := newWorld(t, steps(step))
	inst := w.finish(w.start("c"))
	if inst.Custom.Error != durable.CodeStepFailedRepeatedly || !strings.Contains(inst.Custom.Message, "The oven is cold.") {
		t.Errorf("ended with %+v", inst.Custom)
	}
	if runs != 6+8 {
		t.Errorf("it ran %d times, want 8 after the one that answered", runs)
	}
}

func TestCleanUpThatMeetsErrorsGivesTheClaimBackWithinAnHour(t *testing.T) {
	t.Parallel()
	flow := steps(does("A", func(durable.Turn, *trip) (durable.Outcome, error) {
		return durable.Outcome{}, &durable.Failure{Code: "NoFlour", Message: "There is no flour."}
	}))
	flow.CleanUp = []durable.Step[trip]{offline(1000 * time.Hour), visit("Lights")}
	w := newWorld(t, flow)
	inst := w.finish(w.start("c"))
	if took := inst.UpdatedAt.Sub(inst.CreatedAt); took > time.Hour+time.Minute {
		t.Errorf("the claim was held for %s", took)
	}
	if inst.Custom.Error != "NoFlour" || !strings.Contains(inst.Custom.Message, "The oven is cold") || visited(t, inst) != "Lights" {
		t.Errorf("ended with %+v after %q", inst.Custom, visited(t, inst))
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

func TestBackoffGrowsToItsCeilingAndObeysTheRemoteSide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		attempt     int
		asked       time.Duration
		random      float64
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
		if got := durable.Backoff(c.attempt, c.asked, c.random); got < c.least || got > c.most {
			t.Errorf("Backoff(%d, %s, %v) = %s, want %s to %s", c.attempt, c.asked, c.random, got, c.least, c.most)
		}
	}
}
