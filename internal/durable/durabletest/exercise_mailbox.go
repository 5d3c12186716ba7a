package durabletest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
)

var mailboxTests = []conformance{
	{"mail needs a reader", func(f fixture) {
		f.wantError(f.Post(f.Context(), "claim", f.item("a")), durable.ErrNoReader, "Post to nobody")
		f.end(f.started("claim", f.item("b")), durable.Completed)
		f.wantError(f.Post(f.Context(), "claim", f.item("a")), durable.ErrNoReader, "Post to one that ended")
		f.wantError(f.Post(f.Context(), "claim", f.item("b")), durable.ErrNoReader, "Post of an item that is there, to one that ended")
		_, err := f.Item(f.Context(), "claim", "a")
		f.wantError(err, durable.ErrNotFound, "Item that was not taken")
	}},
	{"an item is taken once and reads back as it was", func(f fixture) {
		inst := f.started("claim")
		sent := f.item("a")
		f.post("claim", sent)
		f.wantError(f.Post(f.Context(), "claim", sent), durable.ErrItemExists, "Post again")
		got, err := f.Item(f.Context(), "claim", "a")
		if err != nil {
			f.Fatal(err)
		}
		f.wantSame(sent, got, "item")

		sent.Answer, sent.AnsweredAt = json.RawMessage(`{"ok":true}`), f.clock.Now().Add(time.Minute)
		f.turn(inst, durable.Change{Answered: []durable.Item{sent}})
		if got, err = f.Item(f.Context(), "claim", "a"); err != nil {
			f.Fatal(err)
		}
		f.wantSame(sent, got, "answered item")
		f.wantError(f.Post(f.Context(), "claim", sent), durable.ErrItemExists, "Post after the answer")
		_, err = f.Item(f.Context(), "other claim", "a")
		f.wantError(err, durable.ErrNotFound, "Item of another claim")
	}},
	{"the inbox is sorted by id and holds the first mail too", func(f fixture) {
		f.started("claim", f.item("m"), f.item("k"))
		f.started("claim2", f.item("x"))
		f.post("claim", f.item("z"))
		f.post("claim", f.item("a"))
		f.wantSame([]string{"a", "k", "m", "z"}, f.itemIDs("claim"), "ids in the inbox")
		f.wantSame([]string{"x"}, f.itemIDs("claim2"), "ids in the other inbox")
		f.wantSame([]string{}, f.itemIDs("claim3"), "ids in nobody's inbox")
	}},
	{"answers and drops are stored with the turn", func(f fixture) {
		inst := f.started("claim", f.item("a"), f.item("b"), f.item("c"))
		answered := f.item("a")
		answered.Answer = json.RawMessage(`1`)
		f.turn(inst, durable.Change{Answered: []durable.Item{answered}, Dropped: []string{"b"}})
		items, _ := f.inbox("claim")
		f.wantSame([]durable.Item{answered, f.item("c")}, items, "inbox")
		f.turn(inst, durable.Change{Answered: []durable.Item{answered, answered}, Dropped: []string{"b", "never", "c", "c"}})
		f.wantSame([]string{"a"}, f.itemIDs("claim"), "inbox after drops that were done already")
		f.turn(inst, durable.Change{Answered: []durable.Item{answered}, Dropped: []string{"a"}})
		f.wantSame([]string{}, f.itemIDs("claim"), "inbox after an answer that is dropped at once")
	}},
	{"what is left outlives the reader and reaches the next one", func(f fixture) {
		first := f.started("claim", f.item("a"), f.item("b"))
		done := f.item("a")
		done.Answer = json.RawMessage(`"done"`)
		first.Status, first.Step = durable.Failed, ""
		f.turn(first, durable.Change{Answered: []durable.Item{done}})
		again := f.item("b")
		again.Body = json.RawMessage(`"again"`)
		f.started("claim", again, f.item("c"))
		items, _ := f.inbox("claim")
		f.wantSame([]durable.Item{done, again, f.item("c")}, items, "inbox of the next reader")
	}},
	{"a reader cannot end over mail that it has not seen", func(f fixture) {
		inst := f.started("claim", f.item("a"))
		_, mark := f.inbox("claim")
		if mark == "" {
			f.Fatal("the mark is empty")
		}
		f.post("claim", f.item("b"))

		ending := *inst
		ending.Status, ending.Step, ending.Seq = durable.Completed, "", 2
		err := f.Commit(f.Context(), &ending, durable.Change{Event: f.event(&ending, durable.EventCompleted), Dropped: []string{"a"}, Mark: mark})
		f.wantError(err, durable.ErrConflict, "ending Commit with a stale mark")
		f.wantSame(inst, f.load(inst.ID), "row")
		f.wantSame([]string{"a", "b"}, f.itemIDs("claim"), "inbox")
		f.wantSame(1, len(f.history(inst.ID)), "history rows")

		_, fresh := f.inbox("claim")
		if fresh == mark {
			f.Error("the mark did not change with new mail")
		}
		f.commit(&ending, durable.Change{Mark: fresh})
		f.wantError(f.Post(f.Context(), "claim", f.item("c")), durable.ErrNoReader, "Post after the end")
	}},
	{"the reader's own turns leave its mark fresh", func(f fixture) {
		inst := f.started("claim", f.item("a"), f.item("b"))
		_, mark := f.inbox("claim")
		f.turn(inst, durable.Change{Answered: []durable.Item{f.item("a")}, Dropped: []string{"b"}})
		inst.Status = durable.Completed
		f.turn(inst, durable.Change{Mark: mark})
	}},
	{"a mark does not hold back a turn that is not the last", func(f fixture) {
		inst := f.started("claim")
		_, mark := f.inbox("claim")
		f.post("claim", f.item("a"))
		f.turn(inst, durable.Change{Mark: mark})
	}},
	{"a turn takes as much mail as the limit says and no more", func(f fixture) {
		var items []durable.Item
		for i := range durable.MaxItems {
			items = append(items, f.item(fmt.Sprintf("item-%03d", i)))
		}
		inst := f.started("claim", items...)
		f.wantSame(durable.MaxItems, len(f.itemIDs("claim")), "items after Create")
		over := append(append([]durable.Item{}, items...), f.item("one too many"))
		refused := *inst
		err := f.Commit(f.Context(), &refused, durable.Change{Answered: over})
		if err == nil || errors.Is(err, durable.ErrConflict) {
			f.Errorf("a change over the limit gave %v, want an error that no retry would follow", err)
		}
		for i := range items {
			items[i].Answer = json.RawMessage(`true`)
		}
		inst.Status = durable.Completed
		f.turn(inst, durable.Change{Event: f.event(inst, durable.EventCompleted), Answered: items})
		got, _ := f.inbox("claim")
		f.wantSame(items, got, "answered items")
		late := f.instance("other")
		for i := range over {
			over[i].Answer = nil
		}
		if err := f.Create(f.Context(), late, f.event(late, durable.EventStarted), over...); err == nil {
			f.Error("Create took more mail than the limit")
		}
	}},
}
