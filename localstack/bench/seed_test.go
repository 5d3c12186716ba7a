package bench

import (
	"context"
	"testing"
	"time"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
	"certgate/localstack/storagedoor"
)

func startAzurite(t *testing.T) *azurite.Azurite {
	t.Helper()
	emulator, err := azurite.Start(context.Background(), azurite.Options{Dir: t.TempDir()})
	processtest.RequireTools(t, err)
	t.Cleanup(emulator.Stop)
	return emulator
}

// The store reads what was seeded as if certgate had stored it: every list and
// sweep finds what it has to find, and an instance has all its parts.
func TestASeededTableReadsLikeOneThatCertgateFilled(t *testing.T) {
	t.Parallel()
	emulator, now := startAzurite(t), time.Now().UTC()
	const size = 250
	if _, err := seed(context.Background(), emulator.ConnectionString(), azurestore.DefaultTable, size, now); err != nil {
		t.Fatal(err)
	}
	store, err := azurestore.New(azurestore.Config{ConnectionString: emulator.ConnectionString()})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range scaleLooks(store, now, size) {
		if n, err := l.look(context.Background()); err != nil || n != l.finds {
			t.Errorf("%s: %d found, want %d (%v)", l.name, n, l.finds, err)
		}
	}
	all, _, err := store.List(context.Background(), durable.Filter{Top: 1000})
	if err != nil || len(all) != size {
		t.Fatalf("%d instances are listed (%v)", len(all), err)
	}
	loaded, err := store.Load(context.Background(), all[100].ID)
	if err != nil || loaded.Status != durable.Completed || len(loaded.Output) == 0 || len(loaded.State) < seedState {
		t.Errorf("an instance reads as %+v (%v)", loaded, err)
	}
	if err := store.Purge(context.Background(), all[100].ID); err != nil {
		t.Errorf("it cannot be purged: %v", err)
	}
}

// The load is made of the calls that it is told, in the same numbers.
func TestTheLoadOnTheStorageHasTheMixThatWasMeasured(t *testing.T) {
	t.Parallel()
	emulator := startAzurite(t)
	door, err := storagedoor.Start(storagedoor.Config{Upstream: emulator.Ports()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	sizes := watchSizes(door)
	wanted := storagedoor.Counts{"queue put": 160, "queue receive": 32, "queue delete": 160, "table batch": 192, "table query": 64}
	rate, err := storageLoad(context.Background(), door.ConnectionString(), 1, wanted, 9000)
	if err != nil || rate <= 0 {
		t.Fatalf("%v calls a second (%v)", rate, err)
	}
	if mean := sizes.mean(); mean < 8500 || mean > 9500 {
		t.Errorf("transactions have %.0f bytes, want 9000", mean)
	}
	made := door.Counts()
	for kind, n := range wanted {
		if made[kind] < n*9/10 || made[kind] > n {
			t.Errorf("%s: %d calls, want nearly %d", kind, made[kind], n)
		}
	}
}
