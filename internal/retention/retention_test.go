package retention_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
	"certgate/internal/retention"
)

// archive is a memory store with instances of which every third is hidden.
func archive(t *testing.T, clock *durabletest.Clock, n int) *memstore.Store {
	t.Helper()
	store := memstore.New(clock.Now)
	for i := range n {
		claim := fmt.Sprint("claim", i)
		inst := &durable.Instance{ID: durable.NewID(claim), Flow: "F", Claim: claim, Status: durable.Running, Hidden: i%3 == 0,
			Input: json.RawMessage(`{}`), CreatedAt: clock.Now(), UpdatedAt: clock.Now()}
		if err := store.Create(t.Context(), inst, durable.Event{}); err != nil {
			t.Fatal(err)
		}
		if i%10 == 9 {
			continue // still running
		}
		inst.Status = durable.Completed
		if err := store.Commit(t.Context(), inst, durable.Change{}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func TestWhatEndedLongAgoIsRemovedInPartsHiddenOrNot(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	store := archive(t, clock, 100)
	var log strings.Builder
	sweep := func(before time.Time) (counts []int) {
		for {
			n, err := retention.Sweep(t.Context(), store, before, 40, slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if counts = append(counts, n); n == 0 {
				return counts
			}
		}
	}
	if got := sweep(clock.Now()); fmt.Sprint(got) != "[0]" || log.Len() != 0 {
		t.Errorf("of this moment: %v", got)
	}
	if got := sweep(clock.Now().Add(time.Second)); fmt.Sprint(got) != "[40 40 10 0]" || !strings.Contains(log.String(), "count=40") {
		t.Errorf("removed %v; log: %s", got, log.String())
	}
	left, err := store.Due(t.Context(), clock.Now().Add(time.Hour), 100)
	if err != nil || len(left) != 10 {
		t.Errorf("%d running ones are left, want 10 (%v)", len(left), err)
	}
}

// stubborn refuses to remove one instance.
type stubborn struct {
	*memstore.Store
	id string
}

func (s stubborn) Purge(ctx context.Context, id string) error {
	if id == s.id {
		return errors.New("storage is away")
	}
	return s.Store.Purge(ctx, id)
}

func TestOneThatCannotBeRemovedKeepsNoOtherAndWhatIsGoneIsNoError(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	store := archive(t, clock, 9)
	ids, err := store.EndedBefore(t.Context(), clock.Now().Add(time.Second), 100)
	if err != nil || len(ids) != 9 {
		t.Fatal(ids, err)
	}
	if err := store.Purge(t.Context(), ids[0]); err != nil {
		t.Fatal(err)
	}
	if n, err := retention.Purge(t.Context(), stubborn{store, ids[1]}, ids); n != 7 || err == nil {
		t.Errorf("removed %d, %v", n, err)
	}
}
