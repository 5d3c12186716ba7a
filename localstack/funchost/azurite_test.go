package funchost

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
	"certgate/localstack/waittest"
)

// emulator is one for all tests of the binary; each has its own queues.
var emulator struct {
	once    sync.Once
	dir     string
	running *azurite.Azurite
	err     error
}

// storage returns the connection string of the emulator, started on first use.
func storage(t *testing.T) string {
	t.Helper()
	emulator.once.Do(func() {
		if emulator.dir, emulator.err = os.MkdirTemp("", "funchost"); emulator.err == nil {
			emulator.running, emulator.err = azurite.Start(context.Background(), azurite.Options{Dir: emulator.dir})
		}
	})
	processtest.RequireTools(t, emulator.err)
	return emulator.running.ConnectionString()
}

func stopEmulator() {
	if emulator.running != nil {
		emulator.running.Stop()
	}
	os.RemoveAll(emulator.dir) // "" if it was not made: then nothing is removed
}

func queueClient(t *testing.T, name string) *azqueue.QueueClient {
	t.Helper()
	client, err := azqueue.NewQueueClientFromConnectionString(storage(t), name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func createQueue(t *testing.T, name string) *azqueue.QueueClient {
	t.Helper()
	client := queueClient(t, name)
	if _, err := client.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return client
}

func enqueue(t *testing.T, queue *azqueue.QueueClient, text string) {
	t.Helper()
	if _, err := queue.EnqueueMessage(t.Context(), text, nil); err != nil {
		t.Fatal(err)
	}
}

func base64Text(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// length is the number of messages, invisible ones included; -1 for no queue.
func length(t *testing.T, queue *azqueue.QueueClient) int {
	t.Helper()
	properties, err := queue.GetProperties(t.Context(), nil)
	if isMissingQueue(err) {
		return -1
	}
	if err != nil {
		t.Fatal(err)
	}
	return int(*properties.ApproximateMessagesCount)
}

func awaitLength(t *testing.T, queue *azqueue.QueueClient, want int) {
	t.Helper()
	waittest.Until(t, waittest.Patience, fmt.Sprintf("the queue has %d messages", want), func() bool { return length(t, queue) == want })
}
