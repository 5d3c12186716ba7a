package azurestore_test

import (
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore"
	"certgate/localstack/azurite/azuritetest"
)

// damageable is a store whose rows a test can damage and mend.
type damageable struct {
	*azurestore.Store
	t     *testing.T
	table *aztables.Client
	was   map[string]aztables.EDMEntity // by instance
}

func newDamageable(t *testing.T, emulator azuritetest.Emulator, now func() time.Time) *damageable {
	t.Helper()
	table := "t" + rand.Text()
	store, _ := openTable(t, emulator, table, now)
	return &damageable{Store: store, t: t, table: rawTable(t, emulator, table), was: map[string]aztables.EDMEntity{}}
}

func (d *damageable) Damage(id string) {
	d.t.Helper()
	found, err := d.table.GetEntity(d.t.Context(), id[:1], "i|"+id, nil)
	var e aztables.EDMEntity
	if err == nil {
		err = json.Unmarshal(found.Value, &e)
	}
	if err != nil {
		d.t.Fatalf("damage instance %s: %v", id, err)
	}
	delete(e.Properties, "Timestamp")
	d.was[id] = aztables.EDMEntity{Entity: aztables.Entity{PartitionKey: e.PartitionKey, RowKey: e.RowKey}, Properties: e.Properties}
	d.put(aztables.EDMEntity{Entity: d.was[id].Entity, Properties: map[string]any{"Data0": "not binary"}})
}

func (d *damageable) Mend(id string) { d.put(d.was[id]) }

func (d *damageable) put(e aztables.EDMEntity) {
	d.t.Helper()
	raw, err := json.Marshal(e)
	if err == nil {
		_, err = d.table.UpsertEntity(d.t.Context(), raw, &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	}
	if err != nil {
		d.t.Fatalf("write row %s: %v", e.RowKey, err)
	}
}
