package boundary_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/gatewaydoc"
	"certgate/localstack/azurite/azuritetest"
)

// What an earlier release has stored is read by this one: instances in each step of
// each flow, their history, mail, records and documents, and the gateway's document.
// keep_test.go wrote the data with that release's handler.
func TestWhatAnEarlierReleaseStoredIsRead(t *testing.T) {
	t.Parallel()
	releases, err := filepath.Glob("testdata/*/rows.jsonl")
	if err != nil || len(releases) == 0 {
		t.Fatalf("no release is kept: %v", err)
	}
	for _, rows := range releases {
		t.Run(filepath.Base(filepath.Dir(rows)), func(t *testing.T) {
			t.Parallel()
			readsRows(t, rows)
			raw, err := os.ReadFile(filepath.Join(filepath.Dir(rows), "gateway.json"))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := gatewaydoc.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := doc.Bytes(); err != nil || !bytes.Equal(again, raw) {
				t.Error("the gateway's document has other bytes after it was read")
			}
		})
	}
}

func readsRows(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	storage := azuritetest.Start(t)
	store, err := azurestore.New(azurestore.Config{ConnectionString: storage.ConnectionString})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := store.Ensure(ctx); err != nil {
		t.Fatal(err)
	}
	service, err := aztables.NewServiceClientFromConnectionString(storage.ConnectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	table := service.NewClient(azurestore.DefaultTable)
	seen := map[string]int{}
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSpace(line)
		var row keptRow
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if _, err := table.UpsertEntity(ctx, line, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace}); err != nil {
			t.Fatalf("%s: %v", row.kind(), err)
		}
		kind, _, _ := strings.Cut(row.kind(), " ")
		seen[kind]++
		parts := strings.Split(row.RowKey, "|")
		switch kind {
		case "instance":
			inst, err := store.Load(ctx, parts[1])
			if err != nil {
				t.Errorf("%s: %v", row.kind(), err)
				continue
			}
			keeps(t, row, inst)
		case "history":
			if _, err := store.History(ctx, parts[1]); err != nil {
				t.Errorf("%s: %v", row.kind(), err)
			}
		case "records":
			if parts[0] == "n" {
				record, err := store.Record(ctx, parts[1])
				if err != nil {
					t.Errorf("%s: %v", row.kind(), err)
					continue
				}
				keeps(t, row, record)
			}
		}
	}
	for _, kind := range []string{"instance", "history", "item", "records"} {
		if seen[kind] == 0 {
			t.Errorf("no row of kind %s is kept: %v", kind, seen)
		}
	}
	if page, _, err := store.List(ctx, durable.Filter{}); err != nil || len(page) == 0 {
		t.Errorf("a page of %d instances, %v", len(page), err)
	}
}

// keeps asserts that nothing of a stored document is lost on the way through this
// release.
func keeps(t *testing.T, row keptRow, read any) {
	t.Helper()
	again, err := json.Marshal(read)
	if err != nil {
		t.Fatal(err)
	}
	var before, after map[string]any
	if json.Unmarshal(row.Data0, &before) != nil || json.Unmarshal(again, &after) != nil {
		t.Fatalf("%s is no JSON object", row.kind())
	}
	for member, value := range before {
		want, _ := json.Marshal(value)
		got, _ := json.Marshal(after[member])
		if !bytes.Equal(want, got) {
			t.Errorf("%s: %s was %s and is %s", row.kind(), member, want, got)
		}
	}
}
