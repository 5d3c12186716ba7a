package azurestore_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore/azurestoretest"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/localstack/azurite/azuritetest"
)

func testDamagedRows(t *testing.T, emulator azuritetest.Emulator) {
	w := newDamagedWorld(t, emulator)
	w.all("before")
	if len(w.told) != 0 {
		t.Fatalf("before anything is damaged: %v", w.told)
	}
	victims := w.table.Rows(func(e aztables.EDMEntity) bool {
		return strings.Contains(e.RowKey, w.bad.ID) || strings.Contains(e.RowKey, w.badEnd.ID) || strings.HasSuffix(e.RowKey, "bad") || strings.HasPrefix(e.RowKey, "c|") && e.Properties["Claim"] == "bad"
	})
	kinds := map[string]bool{}
	for _, e := range victims {
		kind := e.PartitionKey + "/" + strings.SplitN(e.RowKey, "|", 2)[0]
		if e.PartitionKey < "4" {
			kind = e.RowKey[:1]
		}
		kinds[kind] = true
		for damage, row := range azurestoretest.Damages(e) {
			w.table.Put(row)
			w.clock.Advance(2 * time.Hour)
			w.all(kind + " " + damage)
		}
		w.table.Put(e)
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
			w.table.Put(aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: partition, RowKey: key}, Properties: map[string]any{"Data0": "hello", "InstanceId": int32(7)}})
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
		return w.table.Rows(func(e aztables.EDMEntity) bool {
			return strings.Contains(e.RowKey, id) || e.Properties["InstanceId"] == id
		})
	}
	spoil := func(id string) {
		t.Helper()
		for _, e := range w.table.Rows(func(e aztables.EDMEntity) bool { return e.RowKey == "i|"+id }) {
			w.table.Put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"Data0": int32(1)}})
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
	for _, e := range w.table.Rows(func(e aztables.EDMEntity) bool { return e.Properties["Claim"] == "good" && e.RowKey[0] == 'c' }) {
		w.table.Put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"InstanceId": int32(1), "Claim": "good"}})
	}
	claimed = nil
	if err := w.create("good"); !errors.As(err, &claimed) || claimed.Instance == "" {
		t.Fatalf("a claim that does not say who holds it: %v", err)
	}
	if _, err := w.table.Client().DeleteEntity(ctx, claimed.Instance[:1], "i|"+claimed.Instance, nil); err != nil {
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
		for _, e := range w.table.Rows(func(e aztables.EDMEntity) bool { return e.RowKey == "n|bad" }) {
			w.table.Put(aztables.EDMEntity{Entity: e.Entity, Properties: map[string]any{"Data0": int32(1)}})
		}
	}
	spoil()
	anew := recordOf("bad")
	anew.NotAfter, anew.NextCheck = anew.NotAfter.Add(time.Hour), anew.NextCheck.Add(time.Hour)
	if err := w.store.SaveRecord(t.Context(), anew); err != nil {
		t.Fatal(err)
	}
	indexes := w.table.Rows(func(e aztables.EDMEntity) bool {
		return e.PartitionKey == "records" && strings.HasSuffix(e.RowKey, "|bad")
	})
	if len(indexes) != 3 {
		t.Errorf("%d rows of the record, want 3", len(indexes))
	}
	spoil()
	if err := w.store.DeleteRecord(t.Context(), "bad"); err != nil {
		t.Fatal(err)
	}
	if left := w.table.Rows(func(e aztables.EDMEntity) bool {
		return e.PartitionKey == "records" && strings.HasSuffix(e.RowKey, "|bad")
	}); len(left) != 0 {
		t.Errorf("%d rows are left", len(left))
	}
}
