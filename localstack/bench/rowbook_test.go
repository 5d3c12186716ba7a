package bench

import (
	"context"
	"strings"
	"testing"
	"time"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
)

// The book has the rows that a table would have: what a later turn replaces or
// deletes is not in it twice, or any more.
func TestTheBookHasTheRowsThatATableWouldHave(t *testing.T) {
	t.Parallel()
	book := &rowBook{}
	config := azurestore.Config{ConnectionString: nowhere}
	config.ClientOptions.Transport = book
	store, err := azurestore.New(config)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	inst := &durable.Instance{ID: durable.NewID("a"), Claim: "a", Flow: "Test", Status: durable.Running, Step: "A", Seq: 1, CreatedAt: now, UpdatedAt: now, DueAt: now}
	if err := store.Create(context.Background(), inst, durable.Event{}); err != nil {
		t.Fatal(err)
	}
	running := kinds(book)
	inst.Status, inst.Step = durable.Completed, ""
	if err := store.Commit(context.Background(), inst, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	if ended := kinds(book); running != "cdil" || ended != "il" {
		t.Errorf("rows of a running instance %q, of an ended one %q", running, ended)
	}
	if book.take(); len(book.take()) != 0 {
		t.Error("the book is not empty after it was taken")
	}
}

// kinds are the first letters of the row keys, in order.
func kinds(b *rowBook) string {
	found := ""
	for _, kind := range []string{"c", "d", "h", "i", "l"} {
		for key := range b.rows {
			if strings.HasPrefix(key.row, kind+"|") {
				found += kind
			}
		}
	}
	return found
}
