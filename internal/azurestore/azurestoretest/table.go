// Package azurestoretest lets tests see the rows of a store as they are, and damage
// them as somebody's script, half a restore or another release would.
package azurestoretest

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// Table is the rows of a store.
type Table struct {
	t      testing.TB
	client *aztables.Client
}

// Open returns the table of that name.
func Open(t testing.TB, connectionString, name string) *Table {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(connectionString, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Table{t: t, client: service.NewClient(name)}
}

// Client is the table by the SDK.
func (x *Table) Client() *aztables.Client { return x.client }

// Rows are those that fit.
func (x *Table) Rows(fits func(e aztables.EDMEntity) bool) (found []aztables.EDMEntity) {
	x.t.Helper()
	for pages := x.client.NewListEntitiesPager(nil); pages.More(); {
		page, err := pages.NextPage(x.t.Context())
		if err != nil {
			x.t.Fatal(err)
		}
		for _, raw := range page.Entities {
			var e aztables.EDMEntity
			if err := e.UnmarshalJSON(raw); err != nil {
				x.t.Fatal(err)
			}
			if fits(e) {
				found = append(found, e)
			}
		}
	}
	return found
}

// Put writes a row as it is, in place of the one with its keys.
func (x *Table) Put(e aztables.EDMEntity) {
	x.t.Helper()
	properties := maps.Clone(e.Properties)
	delete(properties, "Timestamp")
	raw, err := json.Marshal(aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: e.PartitionKey, RowKey: e.RowKey}, Properties: properties})
	if err == nil {
		_, err = x.client.UpsertEntity(x.t.Context(), raw, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	}
	if err != nil {
		x.t.Fatalf("write row %s: %v", e.RowKey, err)
	}
}
