package batch_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
	"certgate/localstack/azurite/azuritetest"
)

// longest are hostnames as long as DNS allows, which fail.
func longest(n int) (names []string) {
	for i := range n {
		label := strings.Repeat("a", 63)
		name := fmt.Sprintf("bad%04d-%s.%s.%s.%s", i, label[:55], label, label, label)
		names = append(names, name[:253-len(".example")]+".example")
	}
	return names
}

// A row of the Table service takes 1 MiB. The largest parent that there can be
// has the most hostnames, all of the greatest length, and each failed. It must
// fit while it runs, with its state, and when it has ended, with its output.
func TestTheLargestParentFitsInARow(t *testing.T) {
	t.Parallel()
	emulator := azuritetest.Start(t)
	store, err := azurestore.New(azurestore.Config{ConnectionString: emulator.ConnectionString})
	if err != nil {
		t.Fatal(err)
	}
	w := newBatchWorld(t)
	var running *durable.Instance // its last version with a state
	w.store.refuse = func(inst *durable.Instance, _ bool) error {
		if inst.Flow == batch.Flow && len(inst.State) > 0 {
			copied := *inst
			running = &copied
		}
		return nil
	}
	ended := w.ended(w.start(longest(batch.MaxHostnames)...))
	if r := w.result(ended); r.Failed != batch.MaxHostnames || len(r.Children[0].Hostname) != 253 || len(r.Children[999].Error) == 0 {
		t.Fatalf("%d failed, the first is %s", r.Failed, r.Children[0].Hostname)
	}
	row := *running
	row.Status, row.Ending = durable.Pending, nil
	if err := store.Create(t.Context(), &row, durable.Event{Kind: durable.EventStarted}); err != nil {
		t.Fatalf("running: %v", err)
	}
	version := row.ETag
	row = *ended
	row.ETag = version
	if err := store.Commit(t.Context(), &row, durable.Change{Event: durable.Event{Kind: durable.EventFailed}}); err != nil {
		t.Fatalf("ended: %v", err)
	}
	got, err := store.Load(t.Context(), ended.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Output, ended.Output) || !bytes.Equal(got.Input, ended.Input) {
		t.Error("the row came back otherwise than it was stored")
	}
	if list, err := batch.ReadChildren(t.Context(), w.store, ended); err != nil || len(list) != batch.MaxHostnames {
		t.Errorf("%d children (%v)", len(list), err)
	}
}

// The size above is for the longest of the codes.
func TestTheCodeOfTheLargestParentIsTheLongest(t *testing.T) {
	t.Parallel()
	for _, code := range issuance.Codes() {
		if len(code) > len(issuance.CodeHostnameNotResolving) {
			t.Errorf("%s is longer than the code in the test of the largest parent", code)
		}
	}
}
