package storagedoor_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
	"certgate/localstack/storagedoor"
)

// emulator is one Azurite for the tests of this package; each test uses names
// and a door of its own.
var emulator struct {
	once sync.Once
	dir  string
	run  *azurite.Azurite
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if emulator.run != nil {
		emulator.run.Stop()
	}
	os.RemoveAll(emulator.dir)
	os.Exit(code)
}

func startEmulator(t testing.TB) *azurite.Azurite {
	t.Helper()
	emulator.once.Do(func() {
		if emulator.dir, emulator.err = os.MkdirTemp("", "storagedoor"); emulator.err == nil {
			emulator.run, emulator.err = azurite.Start(context.Background(), azurite.Options{Dir: emulator.dir})
		}
	})
	processtest.RequireTools(t, emulator.err)
	return emulator.run
}

func openDoor(t testing.TB, upstream azurite.Ports) *storagedoor.Door {
	t.Helper()
	door, err := storagedoor.Start(storagedoor.Config{Upstream: upstream})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { door.Close() })
	return door
}

// clients are the SDK's, for names of this test alone.
type clients struct {
	queue *azqueue.QueueClient
	table *aztables.Client
	blobs *azblob.Client
	name  string
}

// noRetry shows a fault to the test instead of the SDK's retries.
var noRetry = azcore.ClientOptions{Retry: policy.RetryOptions{MaxRetries: -1}}

func clientsOf(t testing.TB, connection string, options azcore.ClientOptions) clients {
	t.Helper()
	c := clients{name: "t" + strings.ToLower(strings.NewReplacer("Test", "", "/", "", "Benchmark", "b", "=", "").Replace(t.Name()))}
	c.name = c.name[:min(len(c.name), 50)]
	queue, err := azqueue.NewQueueClientFromConnectionString(connection, c.name, &azqueue.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	tables, err := aztables.NewServiceClientFromConnectionString(connection, &aztables.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := azblob.NewClientFromConnectionString(connection, &azblob.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	c.queue, c.table, c.blobs = queue, tables.NewClient(c.name), blobs
	return c
}

// create makes queue, table and container.
func (c clients) create(t testing.TB) {
	t.Helper()
	_, err := c.queue.Create(t.Context(), nil)
	ok(t, err)
	_, err = c.table.CreateTable(t.Context(), nil)
	ok(t, err)
	_, err = c.blobs.CreateContainer(t.Context(), c.name, nil)
	ok(t, err)
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
