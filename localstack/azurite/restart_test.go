package azurite_test

import (
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack/azurite"
)

func TestARestartOnDiskChangesNothingThatAClientCanSee(t *testing.T) {
	t.Parallel()
	emulator := start(t, azurite.Options{Dir: t.TempDir(), OnDisk: true})
	c := clientsOf(t, emulator.ConnectionString())

	_, err := c.queue.Create(t.Context(), nil)
	ok(t, err)
	received, later, never := int32(300), int32(2), int32(-1)
	_, err = c.queue.EnqueueMessage(t.Context(), "in hand", &azqueue.EnqueueMessageOptions{TimeToLive: &never})
	ok(t, err)
	inHand, err := c.queue.DequeueMessages(t.Context(), &azqueue.DequeueMessagesOptions{VisibilityTimeout: &received})
	ok(t, err)
	_, err = c.queue.EnqueueMessage(t.Context(), "visible", &azqueue.EnqueueMessageOptions{TimeToLive: &never})
	ok(t, err)
	_, err = c.queue.EnqueueMessage(t.Context(), "later", &azqueue.EnqueueMessageOptions{VisibilityTimeout: &later, TimeToLive: &never})
	ok(t, err)

	_, err = c.table.CreateTable(t.Context(), nil)
	ok(t, err)
	const row = `{"PartitionKey":"p","RowKey":"r","At":"2026-01-02T03:04:05.678Z","At@odata.type":"Edm.DateTime","Seq":"9007199254740993","Seq@odata.type":"Edm.Int64"}`
	_, err = c.table.AddEntity(t.Context(), []byte(row), nil)
	ok(t, err)
	before, err := c.table.GetEntity(t.Context(), "p", "r", nil)
	ok(t, err)

	_, err = c.blobs.CreateContainer(t.Context(), "files", nil)
	ok(t, err)
	text := "text/plain"
	uploaded, err := c.blobs.UploadBuffer(t.Context(), "files", "token", []byte("content"), &azblob.UploadBufferOptions{HTTPHeaders: &blob.HTTPHeaders{BlobContentType: &text}})
	ok(t, err)

	ok(t, emulator.Restart(t.Context()))

	got, err := c.queue.DequeueMessages(t.Context(), nil)
	ok(t, err)
	if len(got.Messages) == 0 || *got.Messages[0].MessageText != "visible" || *got.Messages[0].DequeueCount != 1 {
		t.Errorf("received %+v, want the visible message for the first time", got.Messages)
	}
	m := inHand.Messages[0]
	now := int32(0)
	_, err = c.queue.UpdateMessage(t.Context(), *m.MessageID, *m.PopReceipt, "in hand", &azqueue.UpdateMessageOptions{VisibilityTimeout: &now})
	ok(t, err) // its receipt is still good
	counts := map[string]int64{}
	for deadline := time.Now().Add(30 * time.Second); len(counts) < 2 && time.Now().Before(deadline); {
		got, err := c.queue.DequeueMessages(t.Context(), nil)
		ok(t, err)
		for _, m := range got.Messages {
			counts[*m.MessageText] = *m.DequeueCount
		}
	}
	if counts["in hand"] != 2 || counts["later"] != 1 {
		t.Errorf("dequeue counts %v, want in hand 2, later 1", counts)
	}

	after, err := c.table.GetEntity(t.Context(), "p", "r", nil)
	ok(t, err)
	if string(after.Value) != string(before.Value) || after.ETag != before.ETag {
		t.Errorf("the row is %s %s, before %s %s", after.ETag, after.Value, before.ETag, before.Value)
	}
	_, err = c.table.UpdateEntity(t.Context(), []byte(row), &aztables.UpdateEntityOptions{IfMatch: &before.ETag, UpdateMode: aztables.UpdateModeReplace})
	ok(t, err)

	download, err := c.blobs.DownloadStream(t.Context(), "files", "token", nil)
	ok(t, err)
	content, err := io.ReadAll(download.Body)
	if err != nil || string(content) != "content" || *download.ContentType != text || *download.ETag != *uploaded.ETag {
		t.Errorf("the blob is %q %s %s, %v", content, *download.ContentType, *download.ETag, err)
	}
}

func TestAKilledEmulatorStartsAgainOnTheSamePorts(t *testing.T) {
	t.Parallel()
	emulator := start(t, azurite.Options{Dir: t.TempDir(), OnDisk: true})
	ok(t, syscall.Kill(emulator.PID(), syscall.SIGKILL))
	<-emulator.Done()
	for range 2 {
		ok(t, emulator.Restart(t.Context()))
		c := clientsOf(t, emulator.ConnectionString())
		if _, err := c.queue.Create(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
}

type clients struct {
	queue *azqueue.QueueClient
	table *aztables.Client
	blobs *azblob.Client
}

func clientsOf(t *testing.T, connection string) clients {
	t.Helper()
	queue, err := azqueue.NewQueueClientFromConnectionString(connection, "steps", nil)
	ok(t, err)
	tables, err := aztables.NewServiceClientFromConnectionString(connection, nil)
	ok(t, err)
	blobs, err := azblob.NewClientFromConnectionString(connection, nil)
	ok(t, err)
	return clients{queue, tables.NewClient("instances"), blobs}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
