package durabletest

import (
	"slices"
	"strconv"
	"time"

	"certgate/internal/durable"
)

// due is what Due finds up to now (exclusive) plus d.
func (f fixture) due(d time.Duration, limit int) []string {
	f.Helper()
	ids, err := f.Due(f.Context(), f.clock.Now().Add(d), limit)
	if err != nil {
		f.Fatalf("due: %v", err)
	}
	return ids
}

var dueTests = []conformance{
	{"the oldest come first and the limit holds", func(f fixture) {
		claim := "claim" // one claim after the other, but in one partition: oldest first holds there
		var want []string
		for i := 0; len(want) < 4; i++ {
			other := claim + strconv.Itoa(i)
			if durable.ShardOf(other) != durable.ShardOf(claim) {
				continue
			}
			inst := f.instance(other)
			inst.DueAt = f.clock.Now().Add(-time.Duration(len(want)) * time.Hour).Truncate(time.Minute)
			f.create(inst)
			want = append(want, inst.ID)
		}
		slices.Reverse(want)
		f.wantSame(want, f.due(time.Minute, 10), "due instances")
		f.wantSame(want[:2], f.due(time.Minute, 2), "the first two")
		f.wantSame(want[:3], f.due(-time.Minute, 10), "those before now")
		f.wantSame(0, len(f.due(-24*time.Hour, 10)), "due yesterday")
	}},
	{"every partition is looked at", func(f fixture) {
		want := map[string]bool{}
		for i := range 12 {
			want[f.started("claim"+strconv.Itoa(i)).ID] = true
		}
		got := map[string]bool{}
		for _, id := range f.due(time.Minute+time.Second, 100) {
			got[id] = true
		}
		f.wantSame(want, got, "due instances")
		f.wantSame(5, len(f.due(time.Minute+time.Second, 5)), "due instances up to a limit")
	}},
	{"an instance moves with its due time and goes when it ends", func(f fixture) {
		inst := f.started("claim")
		for _, later := range []time.Duration{time.Hour, 30 * 24 * time.Hour, 5 * time.Minute, 5*time.Minute + time.Millisecond, 7 * time.Minute} {
			inst.DueAt = f.clock.Now().Add(later)
			f.turn(inst, durable.Change{})
			f.wantSame(0, len(f.due(later, 10)), "instances due before "+later.String())
			f.wantSame([]string{inst.ID}, f.due(later+time.Minute, 10), "instances due a minute after "+later.String())
		}
		f.turn(inst, durable.Change{}) // the due time may also stay
		f.wantSame([]string{inst.ID}, f.due(time.Hour, 10), "instances due once more")
		f.end(inst, durable.Completed)
		f.wantSame(0, len(f.due(100*24*time.Hour, 10)), "instances due after the end")
	}},
	{"an instance without a due time is due at once", func(f fixture) {
		inst := f.instance("claim")
		inst.DueAt = time.Time{}
		f.create(inst)
		f.wantSame([]string{inst.ID}, f.due(-24*time.Hour, 10), "due instances")
	}},
}
