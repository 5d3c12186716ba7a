package durabletest

import (
	"time"

	"certgate/internal/durable"
)

func (f fixture) backlog(limit int) durable.Backlog {
	f.Helper()
	b, err := f.Backlog(f.Context(), limit)
	if err != nil {
		f.Fatalf("backlog: %v", err)
	}
	return b
}

var backlogTests = []conformance{
	{"an empty store has no backlog", func(f fixture) {
		f.wantSame(durable.Backlog{}, f.backlog(10), "backlog")
	}},
	{"what has not ended counts, hidden or not, and the longest due is told", func(f fixture) {
		hidden := f.instance("hidden")
		hidden.Hidden = true
		f.create(hidden)
		late := f.instance("late")
		late.DueAt = f.clock.Now().Add(-90 * time.Minute)
		f.create(late)
		waiting := f.instance("waiting")
		waiting.DueAt = f.clock.Now().Add(time.Hour)
		f.create(waiting)
		ended := f.instance("ended")
		ended.DueAt = f.clock.Now().Add(-48 * time.Hour)
		f.create(ended)
		f.end(ended, durable.Completed)
		f.wantSame(durable.Backlog{Active: 3, OldestDue: durable.DueMinute(late.DueAt)}, f.backlog(10), "backlog")

		late.DueAt = f.clock.Now().Add(2 * time.Hour)
		f.turn(late, durable.Change{})
		f.wantSame(durable.Backlog{Active: 3, OldestDue: durable.DueMinute(hidden.DueAt)}, f.backlog(10), "backlog after a turn")
	}},
	{"counting stops at the limit and says so", func(f fixture) {
		late := f.instance("one claim")
		late.DueAt = f.clock.Now().Add(-time.Hour)
		f.create(late)
		for i := range 12 {
			f.started("claim " + string(rune('a'+i)))
		}
		b := f.backlog(1)
		if !b.Partial || b.Active < 1 || b.Active > durable.Shards || !b.OldestDue.Equal(durable.DueMinute(late.DueAt)) {
			f.Errorf("backlog is %+v, want at most one in each partition, partial, and the oldest due time", b)
		}
	}},
}
