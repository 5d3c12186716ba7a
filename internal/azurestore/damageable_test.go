package azurestore_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore"
	"certgate/internal/azurestore/azurestoretest"
	"certgate/localstack/azurite/azuritetest"
)

// damageable is a store whose rows a test can damage and mend.
type damageable struct {
	*azurestore.Store
	t     *testing.T
	table *azurestoretest.Table
	was   map[string]aztables.EDMEntity // by instance
}

func newDamageable(t *testing.T, emulator azuritetest.Emulator, now func() time.Time) *damageable {
	t.Helper()
	table := "t" + rand.Text()
	store, _ := openTable(t, emulator, table, now)
	return &damageable{Store: store, t: t, table: azurestoretest.Open(t, emulator.ConnectionString, table), was: map[string]aztables.EDMEntity{}}
}

func (d *damageable) Damage(id string) {
	d.t.Helper()
	found := d.table.Rows(func(e aztables.EDMEntity) bool { return e.RowKey == "i|"+id })
	if len(found) != 1 {
		d.t.Fatalf("damage instance %s: it has %d rows", id, len(found))
	}
	d.was[id] = found[0]
	d.table.Put(aztables.EDMEntity{Entity: d.was[id].Entity, Properties: map[string]any{"Data0": "not binary"}})
}

func (d *damageable) Mend(id string) { d.table.Put(d.was[id]) }
