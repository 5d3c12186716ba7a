package azurestore_test

import (
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/internal/durable"
	"certgate/localstack/azurite/azuritetest"
)

// The poison queue does not exist until the host has something to put there.
func testDepth(t *testing.T, emulator azuritetest.Emulator) {
	queue, raw, w := queueAndClient(t, emulator)
	if d, err := queue.Depth(t.Context()); err != nil || d != (durable.QueueDepth{}) {
		t.Errorf("depth of queues that do not exist: %+v, %v", d, err)
	}
	for _, delay := range []time.Duration{0, time.Hour} {
		if err := queue.Send(t.Context(), durable.Message{Instance: durable.NewID("claim")}, delay); err != nil {
			t.Fatal(err)
		}
	}
	var d durable.QueueDepth
	depth := func() (err error) { d, err = queue.Depth(t.Context()); return err }
	if sent := w.count(t, depth); d.Messages != 2 || d.Poison != 0 || !d.OldestPoison.IsZero() || len(sent) != 2 {
		t.Errorf("depth %+v with %d requests, want 2 messages and 2 requests", d, len(sent))
	}

	name := raw.URL()[strings.LastIndexByte(raw.URL(), '/')+1:]
	poison, err := azqueue.NewQueueClientFromConnectionString(emulator.ConnectionString, name+"-poison", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := poison.Create(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := poison.EnqueueMessage(t.Context(), "e30=", nil); err != nil {
		t.Fatal(err)
	}
	if sent := w.count(t, depth); d.Poison != 1 || time.Since(d.OldestPoison).Abs() > time.Minute || len(sent) != 3 {
		t.Errorf("depth %+v with %d requests, want a poison message of this minute and 3 requests", d, len(sent))
	}
}
