package azurestore_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore"
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
	table          *aztables.Client
	clock          *durabletest.Clock
	bad, good      *durable.Instance
	badEnd, oldEnd *durable.Instance
	told           []*durable.UnreadableError
}

func newDamagedWorld(t *testing.T, emulator azuritetest.Emulator) *damagedWorld {
	t.Helper()
	table := "t" + rand.Text()
	w := &damagedWorld{T: t, clock: durabletest.NewClock(), table: rawTable(t, emulator, table)}
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

// rows are those whose key fits.
func (w *damagedWorld) rows(fits func(e aztables.EDMEntity) bool) (found []aztables.EDMEntity) {
	w.Helper()
	for pages := w.table.NewListEntitiesPager(nil); pages.More(); {
		page, err := pages.NextPage(w.Context())
		if err != nil {
			w.Fatal(err)
		}
		for _, raw := range page.Entities {
			var e aztables.EDMEntity
			if err := e.UnmarshalJSON(raw); err != nil {
				w.Fatal(err)
			}
			if fits(e) {
				found = append(found, e)
			}
		}
	}
	return found
}

func (w *damagedWorld) put(e aztables.EDMEntity) {
	w.Helper()
	e.Properties = maps.Clone(e.Properties)
	delete(e.Properties, "Timestamp")
	raw, err := json.Marshal(aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: e.PartitionKey, RowKey: e.RowKey}, Properties: e.Properties})
	if err == nil {
		_, err = w.table.UpsertEntity(w.Context(), raw, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	}
	if err != nil {
		w.Fatal(err)
	}
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

// damages are what can become of a row, by name.
func damages(e aztables.EDMEntity) map[string]aztables.EDMEntity {
	changed := map[string]aztables.EDMEntity{}
	with := func(name string, change func(p map[string]any)) {
		bad := e
		bad.Properties = maps.Clone(e.Properties)
		change(bad.Properties)
		changed[name] = bad
	}
	for column, value := range e.Properties {
		if column == "Timestamp" {
			continue
		}
		with("without "+column, func(p map[string]any) { delete(p, column) })
		with(column+" of another type", func(p map[string]any) { p[column] = true })
		var members map[string]any
		if data, ok := value.(aztables.EDMBinary); ok && column == "Data0" && json.Unmarshal(data, &members) == nil {
			for member := range members {
				for name, other := range map[string]any{"without ": nil, "of another type ": map[string]any{"newer": []int{1}}} {
					bent := maps.Clone(members)
					if bent[member] = other; other == nil {
						delete(bent, member)
					}
					raw, _ := json.Marshal(bent)
					with("Data "+name+member, func(p map[string]any) { p[column] = aztables.EDMBinary(raw) })
				}
			}
		}
	}
	with("of a newer schema", func(p map[string]any) { p["Schema"] = int32(2) })
	with("half a document", func(p map[string]any) { p["Data2"] = aztables.EDMBinary("x") })
	with("of nothing", func(p map[string]any) { clear(p) })
	with("of a script", func(p map[string]any) { clear(p); p["Data0"] = "hello"; p["Body0"] = "hello" })
	return changed
}

func testDamagedRows(t *testing.T, emulator azuritetest.Emulator) {
	w := newDamagedWorld(t, emulator)
	w.all("before")
	if len(w.told) != 0 {
		t.Fatalf("before anything is damaged: %v", w.told)
	}
	victims := w.rows(func(e aztables.EDMEntity) bool {
		return strings.Contains(e.RowKey, w.bad.ID) || strings.Contains(e.RowKey, w.badEnd.ID) || strings.HasSuffix(e.RowKey, "bad") || strings.HasPrefix(e.RowKey, "c|") && e.Properties["Claim"] == "bad"
	})
	kinds := map[string]bool{}
	for _, e := range victims {
		kind := e.PartitionKey + "/" + strings.SplitN(e.RowKey, "|", 2)[0]
		if e.PartitionKey < "4" {
			kind = e.RowKey[:1]
		}
		kinds[kind] = true
		for damage, row := range damages(e) {
			w.put(row)
			w.clock.Advance(2 * time.Hour)
			w.all(kind + " " + damage)
		}
		w.put(e)
	}
	if len(kinds) != 11 { // c d e h i l, records n d e, document, lock
		t.Errorf("the kinds of rows were %v", slices.Sorted(maps.Keys(kinds)))
	}
	w.told = nil
	w.all("after")
	if len(w.told) != 0 {
		t.Errorf("when all is mended: %v", w.told)
	}
}

func testRowsFromNowhere(t *testing.T, emulator azuritetest.Emulator) {
	w := newDamagedWorld(t, emulator)
	stranger := durable.NewID("stranger")
	for _, partition := range []string{"0", "1", "2", "3", "4", "records", "document", "lock", "theirs"} {
		for _, key := range []string{
			"i|" + stranger, "i|", "i|00000000000000000000000000000000", "i", "l|", "l|a|b", "l|'", "l|0000000000000000000|" + stranger, "l|0000000000000000000|x",
			"d|", "d|x", "d|00010101T000000.000000000|" + stranger, "d|2|3|4", "d|20200101T000000.000000000|=ZZ", "e|", "e|x|y", "e|00010101T000000.000000000|" + stranger,
			"n|", "n|it's", "n|=ZZ", "n|stranger", "h|" + stranger + "|x", "h|" + w.bad.ID + "|x", "h|" + w.bad.ID + "|1|2|3", "c|x", "c|x|y", "x", "",
		} {
			w.put(aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: partition, RowKey: key}, Properties: map[string]any{"Data0": "hello", "InstanceId": int32(7)}})
		}
	}
	w.all("beside rows from nowhere")
	told := len(w.told)
	if told == 0 {
		t.Error("nobody was told")
	}
	w.all("a second look")
	if len(w.told) != told {
		t.Errorf("%d were told of again within the hour", len(w.told)-told)
	}
	w.clock.Advance(time.Hour)
	w.all("an hour later")
	if len(w.told) != 2*told {
		t.Errorf("an hour later %d were told of again, want %d", len(w.told)-told, told)
	}
	// Pages lead past them, one by one.
	seen := 0
	for token, pages := "", 0; ; pages++ {
		page, next, err := w.store.List(t.Context(), durable.Filter{Top: 1, Token: token})
		if err != nil || pages > 100 {
			t.Fatal(pages, err)
		}
		for _, inst := range page {
			if !inst.Damaged {
				seen++
			}
		}
		if token = next; next == "" {
			break
		}
	}
	if seen != 4 {
		t.Errorf("%d instances page by page, want 4", seen)
	}
	seen = 0
	for token, pages := "", 0; ; pages++ {
		page, next, err := w.store.ListRecords(t.Context(), managed.Filter{Top: 1, Token: token})
		if err != nil || pages > 100 {
			t.Fatal(pages, err)
		}
		for _, r := range page {
			if !r.Damaged {
				seen++
			}
		}
		if token = next; next == "" {
			break
		}
	}
	if seen != 2 {
		t.Errorf("%d records page by page, want 2", seen)
	}
}

// What a damaged row holds can be freed, by an admin or by the rescue, and the row can
// be removed with all that leads to it.
func testDamagedRowsCanBeFreedAndRemoved(t *testing.T, emulator azuritetest.Emulator) {
	w := newDamagedWorld(t, emulator)
	ctx, far := t.Context(), w.clock.Now().AddDate(100, 0, 0)
	ours := func(id string) []aztables.EDMEntity {
		return w.rows(func(e aztables.EDMEntity) bool {
			return strings.Contains(e.RowKey, id) || e.Properties["InstanceId"] == id
		})
	}
	spoil := func(id string) {
		t.Helper()
		for _, e := range w.rows(func(e aztables.EDMEntity) bool { return e.RowKey == "i|"+id }) {
			w.put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"Data0": int32(1)}})
		}
	}
	if err := w.store.Release(ctx, w.good.ID, w.clock.Now()); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("releasing a healthy instance gave %v, want a conflict", err)
	}
	spoil(w.bad.ID)
	var claimed *durable.ClaimedError
	if err := w.create("bad"); !errors.As(err, &claimed) || claimed.Instance != w.bad.ID {
		t.Errorf("the claim of a damaged instance: %v", err)
	}
	for range 2 { // a second run finds nothing to do
		if err := w.store.Release(ctx, w.bad.ID, w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if due, err := w.store.Due(ctx, far, 100); err != nil || slices.Contains(due, w.bad.ID) {
		t.Errorf("due after the release: %v, %v", due, err)
	}
	if _, err := w.store.Load(ctx, w.bad.ID); !durable.Unreadable(err) {
		t.Errorf("the row after the release: %v, want it to stay for whoever wants to know", err)
	}
	if active, _, err := w.store.List(ctx, durable.Filter{Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}}); err != nil || len(active) != 1 {
		t.Errorf("%d instances count as active (%v), want the healthy one", len(active), err)
	}
	if err := w.create("bad"); err != nil {
		t.Errorf("a new instance for the claim: %v", err)
	}
	if ended, err := w.store.EndedBefore(ctx, far, 100); err != nil || !slices.Contains(ended, w.bad.ID) {
		t.Errorf("the sweep of what has ended does not find it: %v, %v", ended, err)
	}
	if err := w.store.Purge(ctx, w.bad.ID); err != nil {
		t.Fatal(err)
	}
	if left := ours(w.bad.ID); len(left) != 0 {
		t.Errorf("%d rows are left, the first is %s", len(left), left[0].RowKey)
	}
	if err := w.store.Purge(ctx, w.bad.ID); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("a second purge gave %v", err)
	}

	// Without a release; the claim is among what goes.
	spoil(w.good.ID)
	if err := w.store.Purge(ctx, w.good.ID); err != nil {
		t.Fatal(err)
	}
	if left := ours(w.good.ID); len(left) != 0 {
		t.Errorf("%d rows are left of the other, the first is %s", len(left), left[0].RowKey)
	}
	if err := w.create("good"); err != nil {
		t.Errorf("a new instance after the purge: %v", err)
	}

	// A claim whose row does not say who holds it: the instance that has it, or none.
	for _, e := range w.rows(func(e aztables.EDMEntity) bool { return e.Properties["Claim"] == "good" && e.RowKey[0] == 'c' }) {
		w.put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"InstanceId": int32(1), "Claim": "good"}})
	}
	claimed = nil
	if err := w.create("good"); !errors.As(err, &claimed) || claimed.Instance == "" {
		t.Fatalf("a claim that does not say who holds it: %v", err)
	}
	if _, err := w.table.DeleteEntity(ctx, claimed.Instance[:1], "i|"+claimed.Instance, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Purge(ctx, claimed.Instance); err != nil {
		t.Fatalf("purge of an instance whose row is gone: %v", err)
	}
	if err := w.create("good"); err != nil {
		t.Errorf("a claim that is not held: %v", err)
	}
}

func testDamagedRecordsAreReplaced(t *testing.T, emulator azuritetest.Emulator) {
	w := newDamagedWorld(t, emulator)
	spoil := func() {
		t.Helper()
		for _, e := range w.rows(func(e aztables.EDMEntity) bool { return e.RowKey == "n|bad" }) {
			w.put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"Data0": int32(1)}})
		}
	}
	spoil()
	anew := recordOf("bad")
	anew.NotAfter, anew.NextCheck = anew.NotAfter.Add(time.Hour), anew.NextCheck.Add(time.Hour)
	if err := w.store.SaveRecord(t.Context(), anew); err != nil {
		t.Fatal(err)
	}
	indexes := w.rows(func(e aztables.EDMEntity) bool {
		return e.PartitionKey == "records" && strings.HasSuffix(e.RowKey, "|bad")
	})
	if len(indexes) != 3 {
		t.Errorf("%d rows of the record, want 3", len(indexes))
	}
	spoil()
	if err := w.store.DeleteRecord(t.Context(), "bad"); err != nil {
		t.Fatal(err)
	}
	if left := w.rows(func(e aztables.EDMEntity) bool {
		return e.PartitionKey == "records" && strings.HasSuffix(e.RowKey, "|bad")
	}); len(left) != 0 {
		t.Errorf("%d rows are left", len(left))
	}
}
