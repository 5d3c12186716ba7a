package durabletest

import (
	"time"

	"certgate/internal/durable"
)

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
