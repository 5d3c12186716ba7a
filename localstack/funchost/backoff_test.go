package funchost

import (
	"slices"
	"testing"
	"time"
)

func TestIdleQueueIsPolledLessAndLessOften(t *testing.T) {
	t.Parallel()
	b := backoff{ceiling: 2 * time.Second}
	var got []time.Duration
	for range 8 {
		got = append(got, b.next(0.5).Round(time.Millisecond)) // the middle of the range
	}
	want := []time.Duration{100, 200, 300, 500, 900, 1700, 2000, 2000}
	for i := range want {
		want[i] *= time.Millisecond
	}
	if !slices.Equal(got, want) {
		t.Errorf("pauses are %v, want %v", got, want)
	}
	b.reset()
	b.next(0)
	if low := b.next(0); low != 180*time.Millisecond {
		t.Errorf("after a message the second pause is %s at its lowest, want 180ms", low)
	}
}

func TestBackoffNeverOverflows(t *testing.T) {
	t.Parallel()
	b := backoff{ceiling: time.Minute}
	for range 10000 {
		if pause := b.next(0.999); pause <= 0 || pause > time.Minute {
			t.Fatalf("pause is %s", pause)
		}
	}
}
