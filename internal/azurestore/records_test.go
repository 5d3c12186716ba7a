package azurestore_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
	"certgate/localstack/azurite/azuritetest"
)

func recordOf(name string) *managed.Record {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	return &managed.Record{Name: name, Hostnames: []string{name + ".example.com"}, NotAfter: now.Add(time.Hour), NextCheck: now}
}

func testRecordRequests(t *testing.T, emulator azuritetest.Emulator) {
	store, w := open(t, emulator, time.Now)
	if err := store.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := recordOf("a")
	for _, c := range []struct {
		name string
		want int
		do   func() error
	}{
		{"SaveRecord of a new one", 1, func() error { return store.SaveRecord(t.Context(), r) }},
		{"Record", 1, func() (err error) { r, err = store.Record(t.Context(), "a"); return err }},
		{"SaveRecord with other times", 1, func() error {
			r.NextCheck, r.NotAfter = r.NextCheck.Add(time.Hour), r.NotAfter.Add(time.Hour)
			return store.SaveRecord(t.Context(), r)
		}},
		{"SaveRecord right after", 1, func() error { return store.SaveRecord(t.Context(), r) }},
		{"DueRecords", 1, func() error {
			_, err := store.DueRecords(t.Context(), r.NextCheck.Add(time.Hour), 100)
			return err
		}},
		{"ListRecords", 1, func() error {
			_, _, err := store.ListRecords(t.Context(), managed.Filter{Sort: "expiry"})
			return err
		}},
		{"DeleteRecord", 2, func() error { return store.DeleteRecord(t.Context(), "a") }},
	} {
		if sent := w.count(t, c.do); len(sent) != c.want {
			t.Errorf("%s sent %d requests, want %d: %q", c.name, len(sent), c.want, sent)
		}
	}
}

func testRecordLostAnswers(t *testing.T, emulator azuritetest.Emulator) {
	store, w := open(t, emulator, time.Now)
	if err := store.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := recordOf("a")
	for i := range 3 {
		r.NextCheck = r.NextCheck.Add(time.Hour)
		w.loseAnswer(1)
		if err := store.SaveRecord(t.Context(), r); err != nil {
			t.Fatalf("save %d whose answer was lost: %v", i, err)
		}
	}
	rival, err := store.Record(t.Context(), "a")
	if err != nil || rival.ETag != r.ETag {
		t.Fatalf("the version is %q, want %q (%v)", rival.ETag, r.ETag, err)
	}
	rival.Served = "rival"
	if err := store.SaveRecord(t.Context(), rival); err != nil {
		t.Fatal(err)
	}
	w.loseAnswer(1)
	if err := store.SaveRecord(t.Context(), r); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("the slower save gave %v, want a conflict", err)
	}
	w.loseAnswer(2)
	if err := store.DeleteRecord(t.Context(), "a"); err != nil {
		t.Errorf("a deletion whose answer was lost: %v", err)
	}
}

func testRecordRemovedRows(t *testing.T, emulator azuritetest.Emulator) {
	table := "t" + rand.Text()
	store, _ := openTable(t, emulator, table, time.Now)
	r := recordOf("a")
	if err := store.SaveRecord(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	raw := rawTable(t, emulator, table)
	removeIndexes := func() {
		t.Helper()
		page, err := raw.NewListEntitiesPager(nil).NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, entity := range page.Entities {
			var e aztables.EDMEntity
			if err := e.UnmarshalJSON(entity); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(e.RowKey, "n|") {
				continue
			}
			if _, err := raw.DeleteEntity(t.Context(), e.PartitionKey, e.RowKey, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	removeIndexes()
	r.NextCheck, r.NotAfter = r.NextCheck.Add(time.Hour), r.NotAfter.Add(time.Hour)
	if err := store.SaveRecord(t.Context(), r); err != nil {
		t.Fatalf("save without index rows: %v", err)
	}
	if due, err := store.DueRecords(t.Context(), r.NextCheck.Add(1), 10); err != nil || len(due) != 1 {
		t.Errorf("due are %q (%v), want the record", due, err)
	}
	removeIndexes()
	if err := store.DeleteRecord(t.Context(), "a"); err != nil {
		t.Fatalf("delete without index rows: %v", err)
	}
	if _, err := store.Record(t.Context(), "a"); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

func testRecordSearchIsBounded(t *testing.T, emulator azuritetest.Emulator) {
	table := "t" + rand.Text()
	store, w := openTable(t, emulator, table, time.Now)
	if err := store.SaveRecord(t.Context(), recordOf("zzz")); err != nil {
		t.Fatal(err)
	}
	raw := rawTable(t, emulator, table)
	for batch := range 60 {
		var actions []aztables.TransactionAction
		for i := range 100 {
			name := fmt.Sprintf("n%05d", batch*100+i)
			data, err := json.Marshal(recordOf(name))
			if err != nil {
				t.Fatal(err)
			}
			entity, err := json.Marshal(aztables.EDMEntity{
				Entity:     aztables.Entity{PartitionKey: "records", RowKey: "n|" + name},
				Properties: map[string]any{"Data0": aztables.EDMBinary(data)},
			})
			if err != nil {
				t.Fatal(err)
			}
			actions = append(actions, aztables.TransactionAction{ActionType: aztables.TransactionTypeAdd, Entity: entity})
		}
		if _, err := raw.SubmitTransaction(t.Context(), actions, nil); err != nil {
			t.Fatal(err)
		}
	}
	var next string
	sent := w.count(t, func() error {
		page, token, err := store.ListRecords(t.Context(), managed.Filter{Search: "zzz", Top: 1})
		if len(page) != 0 || token == "" {
			t.Errorf("the first page has %d records and the token %q", len(page), token)
		}
		next = token
		return err
	})
	if len(sent) != 5 {
		t.Errorf("a page of a search took %d requests, want 5", len(sent))
	}
	page, next, err := store.ListRecords(t.Context(), managed.Filter{Search: "zzz", Top: 1, Token: next})
	if err != nil || len(page) != 1 || page[0].Name != "zzz" || next != "" {
		t.Errorf("the second page has %d records and the token %q (%v)", len(page), next, err)
	}
	page, next, err = store.ListRecords(t.Context(), managed.Filter{Search: "n0", Top: 2})
	if err != nil || len(page) != 2 || next == "" {
		t.Fatalf("%d records, %q, %v", len(page), next, err)
	}
	page, _, err = store.ListRecords(t.Context(), managed.Filter{Search: "n0", Top: 2, Token: next})
	if err != nil || len(page) != 2 || page[0].Name != "n00002" {
		t.Errorf("the page after has %d records (%v), want n00002 first", len(page), err)
	}
}

func rawTable(t *testing.T, emulator azuritetest.Emulator, table string) *aztables.Client {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(emulator.ConnectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	return service.NewClient(table)
}
