package azurestore_test

import (
	"encoding/json"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/localstack/azurite/azuritetest"
)

func testRequests(t *testing.T, emulator azuritetest.Emulator) {
	store, w := open(t, emulator, time.Now)
	if err := store.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	inst := instance("claim")
	item := durable.Item{ID: "a", Body: json.RawMessage(`{}`)}
	posted := item
	posted.ID = "b"
	change := durable.Change{Event: durable.Event{Seq: 2, Kind: durable.EventWaiting}, Answered: []durable.Item{item}, Dropped: []string{"b"}}
	var mark string
	for range 30 {
		started(t, store, durable.NewID("any claim"))
	}
	for _, c := range []struct {
		name string
		want int
		do   func() error
	}{
		{"Create", 1, func() error {
			return store.Create(t.Context(), inst, durable.Event{Seq: 1, Kind: durable.EventStarted}, item)
		}},
		{"Load", 1, func() (err error) { inst, err = store.Load(t.Context(), inst.ID); return err }},
		{"Post", 1, func() error { return store.Post(t.Context(), "claim", posted) }},
		{"Item", 1, func() error { _, err := store.Item(t.Context(), "claim", "b"); return err }},
		{"Inbox", 1, func() (err error) { _, mark, err = store.Inbox(t.Context(), "claim"); return err }},
		{"Commit", 1, func() error {
			inst.DueAt, inst.Seq = inst.DueAt.Add(time.Hour), 2
			return store.Commit(t.Context(), inst, change)
		}},
		{"Commit right after a Commit", 1, func() error { inst.Seq++; return store.Commit(t.Context(), inst, durable.Change{}) }},
		{"ending Commit", 1, func() error {
			inst.Status = durable.Completed
			return store.Commit(t.Context(), inst, durable.Change{Mark: mark})
		}},
		{"History", 1, func() error { _, err := store.History(t.Context(), inst.ID); return err }},
		{"Due", durable.Shards, func() error { _, err := store.Due(t.Context(), time.Now().Add(1<<50), 100); return err }},
		{"Backlog", durable.Shards, func() error { _, err := store.Backlog(t.Context(), 5000); return err }},
		{"List", durable.Shards, func() error { _, _, err := store.List(t.Context(), durable.Filter{Top: 20}); return err }},
		{"Purge", 3, func() error { return store.Purge(t.Context(), inst.ID) }},
	} {
		if sent := w.count(t, c.do); len(sent) != c.want {
			t.Errorf("%s sent %d requests, want %d: %q", c.name, len(sent), c.want, sent)
		}
	}
}
