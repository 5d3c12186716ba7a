package inventorytest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/internal/durable"
	"certgate/internal/inventory"
)

var noon = time.Date(2030, time.March, 4, 12, 0, 0, 0, time.UTC)

// full is a row with every kind of member set.
func full(name string) *inventory.Stored {
	return &inventory.Stored{
		Row: inventory.Row{
			Kind: inventory.KindListener, Name: name, Collection: "httpListeners", Hostnames: []string{name + ".example.com"}, Port: 443, Frontend: "public",
			Entry: name, SharedWith: []string{"other"}, Source: inventory.SourceKeyVault, SecretID: "https://v.vault.azure.net/secrets/" + name, Pinned: "0123",
			Certificate: &inventory.Certificate{Subject: name, Names: []string{name}, Issuer: "CA", NotBefore: noon, NotAfter: noon.Add(time.Hour), Thumbprint: "AB"},
			Served:      inventory.Served{State: inventory.ServedOlder, NotAfter: noon, At: noon},
			RenewedBy:   inventory.RenewedBy{Who: inventory.Acmebot, Sure: true, Since: noon, Detail: "Azure DNS"},
			State:       inventory.Blocked, Reason: "A reason.", Fix: "A fix.", CheckedAt: noon,
		},
		Alarm: inventory.AlarmBlocked, Trouble: inventory.Disabled, VersionSince: noon, Successor: noon, SuccessorName: "s",
	}
}

// Exercise holds a store of rows to the contract; open makes an empty one.
func Exercise(t *testing.T, open func(t *testing.T) inventory.Rows) {
	t.Helper()
	ctx, rows := t.Context(), open(t)
	names := func() (all []string) {
		t.Helper()
		list, err := rows.ListRows(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			all = append(all, r.Name)
		}
		slices.Sort(all)
		return all
	}
	if got := names(); len(got) != 0 {
		t.Errorf("an empty store has %q", got)
	}
	a, b := full("A b/c#?'"), full("b")
	if err := rows.SaveRows(ctx, []*inventory.Stored{a, b}, nil); err != nil {
		t.Fatal(err)
	}
	got, err := rows.Row(ctx, a.Kind, a.Collection, strings.ToLower(a.Name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := rows.Row(ctx, inventory.KindEntry, a.Collection, a.Name); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("a row of another kind: %v", err)
	}
	// One is replaced, one is removed, one was never there.
	a.State = inventory.Expired
	if err := rows.SaveRows(ctx, []*inventory.Stored{a}, []*inventory.Stored{b, full("never")}); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 1 {
		t.Errorf("the store has %q", got)
	}
	var many []*inventory.Stored
	for i := range 250 {
		many = append(many, full(fmt.Sprintf("h%03d", i)))
	}
	if err := rows.SaveRows(ctx, many, []*inventory.Stored{a}); err != nil {
		t.Fatal(err)
	}
	if got := names(); len(got) != 250 {
		t.Errorf("the store has %d rows", len(got))
	}
}
