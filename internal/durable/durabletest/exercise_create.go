package durabletest

import (
	"errors"
	"sync"

	"certgate/internal/durable"
)

var createTests = []conformance{
	{"a stored instance reads back as it was", func(f fixture) {
		inst := f.started("claim")
		if inst.ETag == "" {
			f.Error("Create left the ETag empty")
		}
		f.wantSame(inst, f.load(inst.ID), "instance")
		events := f.history(inst.ID)
		if len(events) != 1 || events[0].Kind != durable.EventStarted || events[0].Seq != 1 {
			f.Errorf("history is %+v, want the start alone", events)
		}
	}},
	{"a claim that is held names its holder and stores nothing", func(f fixture) {
		holder := f.started("claim")
		late := f.instance("claim")
		err := f.Create(f.Context(), late, f.event(late, durable.EventStarted), f.item("mail"))
		var claimed *durable.ClaimedError
		if !errors.As(err, &claimed) || claimed.Instance != holder.ID {
			f.Fatalf("second Create gave %v, want a ClaimedError with %s", err, holder.ID)
		}
		_, err = f.Load(f.Context(), late.ID)
		f.wantError(err, durable.ErrNotFound, "Load of the loser")
		f.wantSame([]string{}, f.itemIDs("claim"), "mail of the loser")
		f.wantSame(0, len(f.history(late.ID)), "history rows of the loser")
	}},
	{"the end of the holder frees the claim", func(f fixture) {
		for _, status := range []durable.RuntimeStatus{durable.Completed, durable.Failed, durable.Terminated} {
			f.end(f.started("claim"), status)
		}
		f.started("claim")
	}},
	{"an id is stored once, also after its end", func(f fixture) {
		inst := f.started("claim")
		f.end(inst, durable.Completed)
		again := f.instance("claim")
		again.ID = inst.ID
		f.wantError(f.Create(f.Context(), again, f.event(again, durable.EventStarted), f.item("mail")), durable.ErrConflict, "Create with a stored id")
		f.wantSame(durable.Completed, f.load(inst.ID).Status, "status of the first")
		f.wantSame([]string{}, f.itemIDs("claim"), "mail of the second")
		f.started("claim")
	}},
	{"claims that differ do not meet", func(f fixture) {
		for _, claim := range []string{"a", "A", "a/b", `a\b`, "a b", "a|b", "a#b?c%d", "ünï"} {
			f.started(claim)
		}
	}},
	{"of many that want one claim exactly one gets it", func(f fixture) {
		const runners = 8
		var wg sync.WaitGroup
		var mu sync.Mutex
		winners, holders := map[string]bool{}, map[string]bool{}
		for range runners {
			wg.Go(func() {
				inst := f.instance("claim")
				err := f.Create(f.Context(), inst, f.event(inst, durable.EventStarted))
				mu.Lock()
				defer mu.Unlock()
				var claimed *durable.ClaimedError
				switch {
				case err == nil:
					winners[inst.ID] = true
				case errors.As(err, &claimed):
					holders[claimed.Instance] = true
				default:
					f.Errorf("create: %v", err)
				}
			})
		}
		wg.Wait()
		if len(winners) != 1 {
			f.Fatalf("%d creations won, want 1", len(winners))
		}
		f.wantSame(winners, holders, "the holder that the losers were told")
	}},
	{"an id that was not made for its claim is refused", func(f fixture) {
		inst := f.instance("claim")
		other := (inst.ID[0]-'0'+1)%durable.Shards + '0'
		inst.ID = string(other) + inst.ID[1:]
		if err := f.Create(f.Context(), inst, f.event(inst, durable.EventStarted)); err == nil {
			f.Error("Create took an id of another partition than its claim's")
		}
	}},
	{"an id that is no id is not found", func(f fixture) {
		f.started("claim")
		for _, id := range []string{"", "0", "x' or 'a' eq 'a", "../../secret", "9" + durable.NewID("claim")[1:], durable.NewID("claim") + "0", durable.NewID("other")} {
			_, err := f.Load(f.Context(), id)
			f.wantError(err, durable.ErrNotFound, "Load of "+id)
			f.wantError(f.Purge(f.Context(), id), durable.ErrNotFound, "Purge of "+id)
			f.wantSame(0, len(f.history(id)), "history rows of "+id)
		}
	}},
}
