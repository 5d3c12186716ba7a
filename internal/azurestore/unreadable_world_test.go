package azurestore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"certgate/internal/azurestore"
	"certgate/internal/azurestore/azurestoretest"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance/managed"
	"certgate/localstack/azurite/azuritetest"
)

// damagedWorld has two instances, two that have ended, mail, records, a document and a
// lock. Of each pair one is damaged.
type damagedWorld struct {
	*testing.T
	store          *azurestore.Store
	table          *azurestoretest.Table
	clock          *durabletest.Clock
	bad, good      *durable.Instance
	badEnd, oldEnd *durable.Instance
	told           []*durable.UnreadableError
}

func newDamagedWorld(t *testing.T, emulator azuritetest.Emulator) *damagedWorld {
	t.Helper()
	table := "t" + rand.Text()
	w := &damagedWorld{T: t, clock: durabletest.NewClock(), table: azurestoretest.Open(t, emulator.ConnectionString, table)}
	w.store, _ = openTable(t, emulator, table, w.clock.Now)
	w.store.OnUnreadable(func(_ context.Context, row *durable.UnreadableError) { w.told = append(w.told, row) })
	w.bad = started(t, w.store, "bad", durable.Item{ID: "bad", Body: []byte(`{}`)}, durable.Item{ID: "good", Body: []byte(`{}`)})
	w.good = started(t, w.store, "good")
	for _, end := range []**durable.Instance{&w.badEnd, &w.oldEnd} {
		inst := started(t, w.store, "ended "+rand.Text())
		inst.Seq, inst.Status, inst.Step = 2, durable.Completed, ""
		if err := w.store.Commit(t.Context(), inst, durable.Change{Event: durable.Event{Seq: 2, Kind: durable.EventCompleted}}); err != nil {
			t.Fatal(err)
		}
		*end = inst
	}
	for _, name := range []string{"bad", "good"} {
		if err := w.store.SaveRecord(t.Context(), recordOf(name)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.store.PutDocument(t.Context(), name, []byte(`{}`), ""); err != nil {
			t.Fatal(err)
		}
		if ok, _, err := w.store.Acquire(t.Context(), name, time.Hour); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	return w
}

// all asks everything that reads more than one row, and everything about the healthy
// ones; it is an error of the test if any of it fails.
func (w *damagedWorld) all(what string) {
	w.Helper()
	ctx := w.Context()
	far := w.clock.Now().AddDate(100, 0, 0)
	must := func(call string, err error) {
		w.Helper()
		if err != nil {
			w.Errorf("%s: %s: %v", what, call, err)
		}
	}
	page, _, err := w.store.List(ctx, durable.Filter{})
	must("List", err)
	if !slices.ContainsFunc(page, func(i *durable.Instance) bool { return i.ID == w.good.ID && !i.Damaged }) {
		w.Errorf("%s: the list lacks the healthy instance", what)
	}
	due, err := w.store.Due(ctx, far, 100)
	must("Due", err)
	if !slices.Contains(due, w.good.ID) {
		w.Errorf("%s: the healthy instance is not due", what)
	}
	ended, err := w.store.EndedBefore(ctx, far, 100)
	must("EndedBefore", err)
	if !slices.Contains(ended, w.oldEnd.ID) {
		w.Errorf("%s: the healthy instance that has ended is not listed", what)
	}
	backlog, err := w.store.Backlog(ctx, 100)
	must("Backlog", err)
	if backlog.Active == 0 || backlog.OldestDue.IsZero() {
		w.Errorf("%s: the backlog is %+v", what, backlog)
	}
	items, _, err := w.store.Inbox(ctx, "bad")
	must("Inbox", err)
	if !slices.ContainsFunc(items, func(i durable.Item) bool { return i.ID == "good" && !i.Damaged }) {
		w.Errorf("%s: the inbox lacks the healthy item: %v", what, items)
	}
	_, err = w.store.Load(ctx, w.good.ID)
	must("Load", err)
	for _, id := range []string{w.bad.ID, w.good.ID, w.badEnd.ID} {
		_, err = w.store.History(ctx, id)
		must("History", err)
	}
	for _, sort := range []string{"name", "expiry"} {
		records, _, err := w.store.ListRecords(ctx, managed.Filter{Sort: sort})
		must("ListRecords", err)
		if !slices.ContainsFunc(records, func(r *managed.Record) bool { return r.Name == "good" && !r.Damaged }) {
			w.Errorf("%s: the list by %s lacks the healthy record", what, sort)
		}
	}
	names, err := w.store.DueRecords(ctx, far, 100)
	must("DueRecords", err)
	if !slices.Contains(names, "good") {
		w.Errorf("%s: the healthy record is not due", what)
	}
	_, _, err = w.store.Document(ctx, "bad")
	must("Document", err)
	must("Check", w.store.Check(ctx))
	// About the damaged ones there is an answer or the one typed error.
	for call, err := range map[string]error{
		"Load":      second(w.store.Load(ctx, w.bad.ID)),
		"Load end":  second(w.store.Load(ctx, w.badEnd.ID)),
		"Item":      second(w.store.Item(ctx, "bad", "bad")),
		"Record":    second(w.store.Record(ctx, "bad")),
		"a new one": w.create("bad"),
	} {
		var claimed *durable.ClaimedError
		if err != nil && !durable.Unreadable(err) && !errors.As(err, &claimed) {
			w.Errorf("%s: %s gave %v", what, call, err)
		}
		if claimed != nil && claimed.Instance != w.bad.ID {
			w.Errorf("%s: the claim is held by %q, want %s", what, claimed.Instance, w.bad.ID)
		}
	}
}

func (w *damagedWorld) create(claim string) error {
	return w.store.Create(w.Context(), instance(claim), durable.Event{Seq: 1, Kind: durable.EventStarted})
}

func second[T any](_ T, err error) error { return err }
