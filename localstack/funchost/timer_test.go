package funchost

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestTimerFiresByHand(t *testing.T) {
	t.Parallel()
	b := timerBench(t, hostJSON(""), Config{})
	b.trigger(t, "Tick", "")
	got := b.control.await(t, "/Tick", 1).payload(t)
	var info struct {
		Schedule       struct{ AdjustForDST bool }
		ScheduleStatus *struct{ Last, Next, LastUpdated string }
		IsPastDue      *bool
	}
	if err := json.Unmarshal(got.Data["tick"], &info); err != nil {
		t.Fatalf("Data.tick %s: %v", got.Data["tick"], err)
	}
	if !info.Schedule.AdjustForDST || info.IsPastDue == nil || *info.IsPastDue || info.ScheduleStatus == nil {
		t.Fatalf("timer info is %s", got.Data["tick"])
	}
	next, err := time.Parse(time.RFC3339Nano, info.ScheduleStatus.Next)
	if err != nil || next.Before(time.Now()) || info.ScheduleStatus.Last != "0001-01-01T00:00:00+00:00" {
		t.Errorf("schedule status is %+v", *info.ScheduleStatus)
	}
	if len(got.Metadata) != 1 || got.Metadata["sys"] == nil {
		t.Errorf("metadata is %v, want sys only", got.Metadata)
	}
}

func TestTimerRunsOnStartup(t *testing.T) {
	t.Parallel()
	b := newBench(t, appFiles{
		"host.json":          hostJSON(""),
		"Tick/function.json": `{"bindings":[{"type":"timerTrigger","direction":"in","name":"tick","schedule":"%WHEN%","runOnStartup":true}]}`,
	}, Config{Env: []string{"WHEN=0 0 0 1 1 *"}})
	b.control.await(t, "/Tick", 1)
}

func TestATimerRunsByHandAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, appFiles{
		"host.json":           hostJSON(""),
		"Tick/function.json":  `{"bindings":[{"type":"timerTrigger","direction":"in","name":"tick","schedule":"0 0 0 1 1 *","runOnStartup":true}]}`,
		"Other/function.json": `{"bindings":[{"type":"timerTrigger","direction":"in","name":"other","schedule":"0 0 0 1 1 *","runOnStartup":true}]}`,
	}, Config{ByHand: []string{"Tick"}})
	b.control.await(t, "/Other", 1)
	b.trigger(t, "Tick", "")
	b.control.await(t, "/Tick", 1)
	if ran := len(b.control.to("/Tick")); ran != 1 {
		t.Errorf("it ran %d times", ran)
	}
}

// run5 fires a five-minute timer in a bubble of fake time and returns when each
// run began, in minutes from the start.
func run5(t *testing.T, takes ...time.Duration) []time.Duration {
	var starts []time.Duration
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		when, err := parseSchedule("0 */5 * * * *")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		trigger := &timer{function: "Tick", trigger: &timerTrigger{schedule: when}, shared: &memoryTimer{}, log: slog.New(slog.DiscardHandler)}
		trigger.invoke = func(context.Context, string, payload) error {
			starts = append(starts, time.Since(began))
			time.Sleep(takes[len(starts)-1]) // fake time
			if len(starts) == len(takes) {
				cancel()
			}
			return nil
		}
		trigger.run(ctx, context.WithoutCancel(ctx))
	})
	return starts
}

func TestTimerFollowsItsSchedule(t *testing.T) {
	t.Parallel()
	got := run5(t, time.Second, time.Minute, 0)
	if want := []time.Duration{5 * time.Minute, 10 * time.Minute, 15 * time.Minute}; !slices.Equal(got, want) {
		t.Errorf("runs began at %v, want %v", got, want)
	}
}

func TestOverlongTimerRunIsFollowedByOneCatchUpRun(t *testing.T) {
	t.Parallel()
	got := run5(t, 13*time.Minute, 0, 0)
	// Due at 10 and 15 while the first ran: one run makes up for both.
	if want := []time.Duration{5 * time.Minute, 18 * time.Minute, 20 * time.Minute}; !slices.Equal(got, want) {
		t.Errorf("runs began at %v, want %v", got, want)
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 3, 1, 10, 2, 30, 0, time.UTC)
	cases := []struct {
		text      string
		next      time.Time
		subMinute bool
	}{
		{"0 */5 * * * *", time.Date(2026, 3, 1, 10, 5, 0, 0, time.UTC), false},
		{"*/10 * * * * *", time.Date(2026, 3, 1, 10, 2, 40, 0, time.UTC), true},
		{"30 4 * * *", time.Date(2026, 3, 2, 4, 30, 0, 0, time.UTC), false},
		{"00:15:00", time.Date(2026, 3, 1, 10, 17, 30, 0, time.UTC), false},
		{"00:00:30", time.Date(2026, 3, 1, 10, 3, 0, 0, time.UTC), true},
	}
	for _, c := range cases {
		s, err := parseSchedule(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := s.Next(from); !got.Equal(c.next) || s.subMinute() != c.subMinute {
			t.Errorf("%s: next %s sub-minute %t, want %s %t", c.text, got, s.subMinute(), c.next, c.subMinute)
		}
	}
	for _, text := range []string{"", "@daily", "* * * *", "0 0 0 30 2 *", "00:00:00", "61 * * * * *"} {
		if _, err := parseSchedule(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
