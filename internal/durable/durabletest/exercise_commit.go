package durabletest

import (
	"encoding/json"
	"errors"
	"sync"
	"time"

	"certgate/internal/durable"
)

var commitTests = []conformance{
	{"each turn replaces the row and adds history in order", func(f fixture) {
		inst := f.started("claim")
		kinds := []string{durable.EventStarted}
		for _, kind := range []string{durable.EventWaiting, durable.EventStepDone, durable.EventRetrying} {
			f.clock.Advance(time.Second)
			inst.Status, inst.Step = durable.Running, "After"+kind
			inst.State, inst.WaitingFor = json.RawMessage(`"`+kind+`"`), ""
			before := inst.ETag
			inst.Seq++
			f.commit(inst, durable.Change{Event: f.event(inst, kind)})
			if inst.ETag == before {
				f.Error("Commit left the ETag as it was")
			}
			f.wantSame(inst, f.load(inst.ID), "row after "+kind)
			kinds = append(kinds, kind)
		}
		var got []string
		for _, e := range f.history(inst.ID) {
			got = append(got, e.Kind)
		}
		f.wantSame(kinds, got, "kinds of history")
	}},
	{"a turn without an event adds no history", func(f fixture) {
		inst := f.started("claim")
		inst.LeaseUntil = f.clock.Now().Add(time.Minute)
		f.turn(inst, durable.Change{})
		f.wantSame(1, len(f.history(inst.ID)), "history rows")
		f.wantSame(inst, f.load(inst.ID), "row")
	}},
	{"events of one turn number are all kept", func(f fixture) {
		inst := f.started("claim")
		f.clock.Advance(time.Second)
		f.commit(inst, durable.Change{Event: f.event(inst, durable.EventRaised)})
		f.clock.Advance(time.Second)
		f.commit(inst, durable.Change{Event: f.event(inst, durable.EventRescued)})
		var got []string
		for _, e := range f.history(inst.ID) {
			got = append(got, e.Kind)
		}
		f.wantSame([]string{durable.EventStarted, durable.EventRaised, durable.EventRescued}, got, "kinds of history")
	}},
	{"a stale row conflicts and nothing of its turn is stored", func(f fixture) {
		inst := f.started("claim", f.item("asked"))
		stale := f.load(inst.ID)
		f.turn(inst, durable.Change{Event: f.event(inst, durable.EventWaiting)})

		stale.Seq, stale.Status, stale.Step = 9, durable.Completed, ""
		answer := f.item("asked")
		answer.Answer = json.RawMessage(`"lost"`)
		kept := stale.ETag
		err := f.Commit(f.Context(), stale, durable.Change{Event: f.event(stale, durable.EventCompleted), Answered: []durable.Item{answer}})
		f.wantError(err, durable.ErrConflict, "Commit of a stale row")
		f.wantSame(kept, stale.ETag, "ETag of the loser")
		f.wantSame(inst, f.load(inst.ID), "row")
		f.wantSame(2, len(f.history(inst.ID)), "history rows")
		item, err := f.Item(f.Context(), "claim", "asked")
		if err != nil || item.Answer != nil {
			f.Errorf("item is %+v, %v; want it without an answer", item, err)
		}
		rival := f.instance("claim")
		var claimed *durable.ClaimedError
		if err := f.Create(f.Context(), rival, f.event(rival, durable.EventStarted)); !errors.As(err, &claimed) {
			f.Errorf("the claim was freed by a turn that was not stored: %v", err)
		}
	}},
	{"a row without a version, or a purged one, conflicts", func(f fixture) {
		inst := f.started("claim")
		unread := *inst
		unread.ETag = ""
		f.wantError(f.Commit(f.Context(), &unread, durable.Change{}), durable.ErrConflict, "Commit without an ETag")
		f.end(inst, durable.Completed)
		if err := f.Purge(f.Context(), inst.ID); err != nil {
			f.Fatal(err)
		}
		f.wantError(f.Commit(f.Context(), inst, durable.Change{}), durable.ErrConflict, "Commit of a purged instance")
	}},
	{"an ended instance can be stored again but not revived", func(f fixture) {
		inst := f.started("claim")
		f.end(inst, durable.Failed)
		successor := f.started("claim")
		inst.Custom.Message = "Amended."
		f.turn(inst, durable.Change{})
		f.wantSame("Amended.", f.load(inst.ID).Custom.Message, "message")
		inst.Status = durable.Running
		f.wantError(f.Commit(f.Context(), inst, durable.Change{}), durable.ErrEnded, "Commit that revives")
		f.turn(successor, durable.Change{}) // and the successor is not disturbed
		f.post("claim", f.item("mail"))
	}},
	{"of many turns on one version exactly one is stored", func(f fixture) {
		const runners = 8
		inst := f.started("claim")
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []string
		for i := range runners {
			mine := *inst // all start from the same version
			mine.Seq, mine.Custom.Message = 2, "Turn "+string(rune('a'+i))
			wg.Go(func() {
				err := f.Commit(f.Context(), &mine, durable.Change{Event: f.event(&mine, durable.EventStepDone)})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, mine.Custom.Message)
				} else if !errors.Is(err, durable.ErrConflict) {
					f.Errorf("commit: %v", err)
				}
			})
		}
		wg.Wait()
		f.wantSame([]string{f.load(inst.ID).Custom.Message}, won, "the turns that were stored")
		f.wantSame(2, len(f.history(inst.ID)), "history rows")
	}},
}

// commit is turn without a new turn number.
func (f fixture) commit(inst *durable.Instance, change durable.Change) {
	f.Helper()
	if err := f.Commit(f.Context(), inst, change); err != nil {
		f.Fatalf("commit: %v", err)
	}
}
