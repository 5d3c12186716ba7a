package durabletest

import (
	"slices"
	"time"

	"certgate/internal/durable"
)

// ended lists what ended half an hour ago or earlier, by id.
func (f fixture) ended(limit int) []string {
	f.Helper()
	ids, err := f.EndedBefore(f.Context(), f.clock.Now().Add(-30*time.Minute), limit)
	if err != nil {
		f.Fatalf("ended before: %v", err)
	}
	slices.Sort(ids)
	return append([]string{}, ids...)
}

var purgeTests = []conformance{
	{"an active instance is not purged", func(f fixture) {
		inst := f.started("claim")
		f.wantError(f.Purge(f.Context(), inst.ID), durable.ErrActive, "Purge of an active instance")
		f.wantSame(inst, f.load(inst.ID), "row")
		f.wantSame(1, len(f.history(inst.ID)), "history rows")
	}},
	{"purging leaves nothing of the instance and all of the others", func(f fixture) {
		inst, other := f.started("claim"), f.started("other")
		for range 3 {
			f.turn(inst, durable.Change{Event: f.event(inst, durable.EventWaiting)})
		}
		f.end(inst, durable.Terminated)
		if err := f.Purge(f.Context(), inst.ID); err != nil {
			f.Fatal(err)
		}
		_, err := f.Load(f.Context(), inst.ID)
		f.wantError(err, durable.ErrNotFound, "Load")
		f.wantSame(0, len(f.history(inst.ID)), "history rows")
		f.wantSame([]string{other.ID}, f.list(durable.Filter{}), "listed instances")
		f.wantSame([]string{other.ID}, f.due(time.Hour, 10), "due instances")
		f.wantError(f.Purge(f.Context(), inst.ID), durable.ErrNotFound, "second Purge")
		f.wantSame(other, f.load(other.ID), "the other row")
		f.wantSame(1, len(f.history(other.ID)), "history rows of the other")
	}},
	{"purging does not take the claim from the next holder", func(f fixture) {
		old := f.started("claim", f.item("kept"))
		f.end(old, durable.Completed)
		next := f.started("claim")
		if err := f.Purge(f.Context(), old.ID); err != nil {
			f.Fatal(err)
		}
		f.post("claim", f.item("mail"))
		f.wantSame([]string{"kept", "mail"}, f.itemIDs("claim"), "inbox")
		f.end(next, durable.Completed)
	}},
	{"what ended before a time is found, hidden or not, and nothing else", func(f fixture) {
		old, hidden := f.started("old"), f.instance("hidden")
		hidden.Hidden = true
		f.create(hidden)
		f.started("active")
		f.end(old, durable.Failed)
		f.end(hidden, durable.Completed)
		f.clock.Advance(time.Hour)
		recent := f.started("recent")
		recent.UpdatedAt = f.clock.Now()
		f.end(recent, durable.Terminated)

		want := []string{old.ID, hidden.ID}
		slices.Sort(want)
		f.wantSame(want, f.ended(10), "ended before")
		f.wantSame(1, len(f.ended(1)), "ended before, at most one")
		f.wantSame(0, len(f.ended(0)), "ended before, at most none")
		for _, id := range want {
			if err := f.Purge(f.Context(), id); err != nil {
				f.Fatal(err)
			}
		}
		f.wantSame([]string{}, f.ended(10), "ended before, after the purge")
	}},
	{"a history longer than one transaction is purged whole", func(f fixture) {
		inst := f.started("claim")
		for range 130 {
			f.turn(inst, durable.Change{Event: f.event(inst, durable.EventWaiting)})
		}
		f.end(inst, durable.Completed)
		f.wantSame(132, len(f.history(inst.ID)), "history rows")
		if err := f.Purge(f.Context(), inst.ID); err != nil {
			f.Fatal(err)
		}
		f.wantSame(0, len(f.history(inst.ID)), "history rows after the purge")
	}},
}
