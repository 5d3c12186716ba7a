package azurestore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/localstack/azurite/azuritetest"
)

func testLostAnswers(t *testing.T, emulator azuritetest.Emulator) {
	clock := durabletest.NewClock()
	store, w := open(t, emulator, clock.Now)
	if err := store.Ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	lostAt := func(nth int, name string, do func() error) {
		t.Helper()
		w.loseAnswer(nth)
		if err := do(); err != nil {
			t.Fatalf("%s whose answer was lost: %v", name, err)
		}
	}
	lost := func(name string, do func() error) { t.Helper(); lostAt(1, name, do) }
	inst := instance("claim")
	lost("Create", func() error {
		return store.Create(t.Context(), inst, durable.Event{Seq: 1, Kind: durable.EventStarted})
	})
	for i := range 2 {
		lost("Commit "+strconv.Itoa(i), func() error {
			inst.Seq, inst.DueAt = inst.Seq+1, inst.DueAt.Add(time.Minute)
			return store.Commit(t.Context(), inst, durable.Change{Event: durable.Event{Seq: inst.Seq, Kind: durable.EventWaiting}})
		})
	}
	lost("Post", func() error { return store.Post(t.Context(), "claim", durable.Item{ID: "a"}) })
	_, mark, err := store.Inbox(t.Context(), "claim")
	if err != nil {
		t.Fatal(err)
	}
	inst.Status = durable.Completed
	lost("ending Commit", func() error {
		return store.Commit(t.Context(), inst, durable.Change{Dropped: []string{"a"}, Mark: mark})
	})
	if events, err := store.History(t.Context(), inst.ID); err != nil || len(events) != 3 {
		t.Errorf("history has %d rows (%v), want 3: each turn once", len(events), err)
	}
	stored, err := store.Load(t.Context(), inst.ID)
	if err != nil || stored.ETag != inst.ETag || stored.Seq != 3 {
		t.Errorf("stored is turn %d with ETag %s (%v), want 3 with %s", stored.Seq, stored.ETag, err, inst.ETag)
	}
	var release func(context.Context) error
	acquire := func() error {
		ok, free, err := store.Acquire(t.Context(), "lock", time.Minute)
		if !ok {
			t.Error("the lock was not taken")
		}
		release = free
		return err
	}
	lost("Acquire", acquire)
	clock.Advance(time.Hour)
	lostAt(3, "Acquire of an expired lock", acquire) // after the insert that meets it and the look at it
	lost("release", func() error { return release(t.Context()) })
	lostAt(3, "Purge", func() error { return store.Purge(t.Context(), inst.ID) }) // after Load and the list of its history
	if _, err := store.Load(t.Context(), inst.ID); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("load gave %v after the purge, want ErrNotFound", err)
	}
}

func testLostAnswerThenOvertaken(t *testing.T, emulator azuritetest.Emulator) {
	store, w := open(t, emulator, time.Now)
	inst := started(t, store, "claim")
	rival := *inst
	rival.Seq, rival.Custom.Message = 2, "rival"
	if err := store.Commit(t.Context(), &rival, durable.Change{}); err != nil {
		t.Fatal(err)
	}
	w.loseAnswer(1)
	inst.Seq = 2 // the same turn number: only the id of the write tells them apart
	if err := store.Commit(t.Context(), inst, durable.Change{}); !errors.Is(err, durable.ErrConflict) {
		t.Errorf("commit gave %v, want a conflict", err)
	}
	w.loseAnswer(1)
	late := instance("claim")
	var claimed *durable.ClaimedError
	if err := store.Create(t.Context(), late, durable.Event{}); !errors.As(err, &claimed) || claimed.Instance != inst.ID {
		t.Errorf("create gave %v, want a ClaimedError with %s", err, inst.ID)
	}
}

func testRemovedRows(t *testing.T, emulator azuritetest.Emulator) {
	table := "t" + rand.Text()
	store, _ := openTable(t, emulator, table, time.Now)
	inst := started(t, store, "claim")
	remove := func(prefix string) {
		t.Helper()
		service, err := aztables.NewServiceClientFromConnectionString(emulator.ConnectionString, nil)
		if err != nil {
			t.Fatal(err)
		}
		raw := service.NewClient(table)
		page, err := raw.NewListEntitiesPager(nil).NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		removed := 0
		for _, entity := range page.Entities {
			var e aztables.EDMEntity
			if err := e.UnmarshalJSON(entity); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(e.RowKey, prefix) {
				removed++
				if _, err := raw.DeleteEntity(t.Context(), e.PartitionKey, e.RowKey, nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		if removed != 1 {
			t.Fatalf("removed %d rows that start with %s, want 1", removed, prefix)
		}
	}
	remove("d|")
	inst.Seq, inst.DueAt = 2, inst.DueAt.Add(time.Hour)
	if err := store.Commit(t.Context(), inst, durable.Change{}); err != nil {
		t.Fatalf("commit without the due row: %v", err)
	}
	if due, err := store.Due(t.Context(), inst.DueAt.Add(2*time.Minute), 10); err != nil || len(due) != 1 {
		t.Errorf("due gave %v, %v; want the instance to be back", due, err)
	}
	remove("c|")
	inst.Seq, inst.Status = 3, durable.Completed
	if err := store.Commit(t.Context(), inst, durable.Change{}); err != nil {
		t.Fatalf("ending commit without the claim: %v", err)
	}
	remove("l|")
	if err := store.Purge(t.Context(), inst.ID); err != nil {
		t.Errorf("purge without the list row: %v", err)
	}
}

func testTooLarge(t *testing.T, emulator azuritetest.Emulator) {
	store, _ := open(t, emulator, time.Now)
	inst := started(t, store, "claim")
	inst.State = make([]byte, 1<<20)
	var tooLarge *azurestore.TooLargeError
	if err := store.Commit(t.Context(), inst, durable.Change{}); !errors.As(err, &tooLarge) || tooLarge.Size <= 1<<20 {
		t.Errorf("commit gave %v, want a TooLargeError with the size", err)
	}
	inst.State = []byte(`{}`)
	var items []durable.Item
	for i := range 12 {
		items = append(items, durable.Item{ID: strconv.Itoa(i), Body: make([]byte, 500<<10)})
	}
	if err := store.Commit(t.Context(), inst, durable.Change{Answered: items}); !errors.As(err, &tooLarge) {
		t.Errorf("commit gave %v, want a TooLargeError of the transaction", err)
	}
	if err := store.Commit(t.Context(), inst, durable.Change{}); err != nil {
		t.Errorf("commit of what fits, after the refusals: %v", err)
	}
}

func testEnsure(t *testing.T, emulator azuritetest.Emulator) {
	store, _ := open(t, emulator, time.Now)
	queue, _, _ := queueAndClient(t, emulator)
	for range 2 {
		if err := store.Ensure(t.Context()); err != nil {
			t.Error(err)
		}
		if err := queue.Ensure(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
