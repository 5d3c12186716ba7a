package durabletest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
)

// stage is a pump whose handler writes down what it was given.
type stage struct {
	*durabletest.Pump
	start  time.Time
	played []string
	fail   map[string]bool // steps whose handling fails
}

func newStage() *stage {
	clock := durabletest.NewClock()
	s := &stage{start: clock.Now(), fail: map[string]bool{}}
	s.Pump = &durabletest.Pump{Queue: memstore.NewQueue(clock.Now), Clock: clock, RetryAfter: 30 * time.Second}
	s.Handle = func(_ context.Context, m durable.Message, count int) error {
		s.played = append(s.played, fmt.Sprintf("%s #%d at %s", m.Step, count, clock.Now().Sub(s.start)))
		if s.fail[m.Step] {
			return errors.New("no")
		}
		return nil
	}
	return s
}

func (s *stage) send(t *testing.T, step string, delay time.Duration) {
	t.Helper()
	if err := s.Queue.Send(t.Context(), durable.Message{Step: step}, delay); err != nil {
		t.Fatal(err)
	}
}

func TestThePumpMovesTheClockToEachMessage(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.send(t, "late", 48*time.Hour)
	s.send(t, "now", 0)
	if err := s.Drain(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"now #1 at 0s", "late #1 at 48h0m0s"}, s.played); diff != "" {
		t.Error(diff)
	}
}

func TestAFailingMessageIsTriedAgainAndThenIsPoison(t *testing.T) {
	t.Parallel()
	s := newStage()
	s.MaxDequeue = 3
	var poisoned []string
	s.Poison = func(_ context.Context, m durable.Message) error {
		poisoned = append(poisoned, m.Step)
		return nil
	}
	s.fail["bad"] = true
	s.send(t, "bad", 0)
	s.send(t, "good", time.Second)
	if err := s.Drain(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	want := []string{"bad #1 at 0s", "good #1 at 1s", "bad #2 at 30s", "bad #3 at 1m0s"}
	if diff := cmp.Diff(want, s.played); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"bad"}, poisoned); diff != "" {
		t.Error(diff)
	}
	if dead := s.Queue.Dead(); len(dead) != 1 || dead[0].Step != "bad" {
		t.Errorf("dead letters are %v, want the bad message alone", dead)
	}
}

func TestTwiceAndLoseDeletesRepeatEachMessage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name               string
		twice, loseDeletes bool
		want               []string
	}{
		{"a copy is a first delivery of its own", true, false, []string{"a #1 at 0s", "a #1 at 0s"}},
		{"a lost delete is a second delivery", false, true, []string{"a #1 at 0s", "a #2 at 0s"}},
		{"both", true, true, []string{"a #1 at 0s", "a #1 at 0s", "a #2 at 0s", "a #2 at 0s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newStage()
			s.Twice, s.LoseDeletes = c.twice, c.loseDeletes
			s.send(t, "a", 0)
			if err := s.Drain(t.Context(), 10); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, s.played); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUntilSaysWhyItStopped(t *testing.T) {
	t.Parallel()
	s := newStage()
	never := func() bool { return false }
	if err := s.Until(t.Context(), never, 10); !errors.Is(err, durabletest.ErrDry) {
		t.Errorf("an empty queue gave %v, want ErrDry", err)
	}
	s.fail["a"] = true
	s.send(t, "a", 0)
	if err := s.Until(t.Context(), never, 3); !errors.Is(err, durabletest.ErrTurns) {
		t.Errorf("an endless flow gave %v, want ErrTurns", err)
	}
	if err := s.Until(t.Context(), func() bool { return len(s.played) == 4 }, 1); err != nil {
		t.Errorf("a state reached by the last delivery gave %v, want none", err)
	}
}
