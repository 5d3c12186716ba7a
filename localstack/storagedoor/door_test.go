package storagedoor_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"certgate/localstack/azurite"
	"certgate/localstack/process/processtest"
	"certgate/localstack/storagedoor"
)

func TestSignedRequestsOfTheSDKPassAndAreCountedByKind(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	ctx := t.Context()
	c.create(t)
	before := door.Counts()

	// Queue: each message operation.
	_, err := c.queue.EnqueueMessage(ctx, "aGVsbG8=", nil)
	ok(t, err)
	peeked, err := c.queue.PeekMessage(ctx, nil)
	ok(t, err)
	if len(peeked.Messages) != 1 {
		t.Fatalf("%d messages", len(peeked.Messages))
	}
	received, err := c.queue.DequeueMessage(ctx, nil)
	ok(t, err)
	message := received.Messages[0]
	updated, err := c.queue.UpdateMessage(ctx, *message.MessageID, *message.PopReceipt, "eA==", nil)
	ok(t, err)
	_, err = c.queue.DeleteMessage(ctx, *message.MessageID, *updated.PopReceipt, nil)
	ok(t, err)
	_, err = c.queue.GetProperties(ctx, nil)
	ok(t, err)
	_, err = c.queue.ClearMessages(ctx, nil)
	ok(t, err)

	// Table: keys that have to be escaped are covered by the signature as escaped.
	const partition, row = "o'neil & söhne", "a b+c=d%20(e),'f'"
	_, err = c.table.AddEntity(ctx, entity(t, partition, row), nil)
	ok(t, err)
	read, err := c.table.GetEntity(ctx, partition, row, nil)
	ok(t, err)
	_, err = c.table.UpdateEntity(ctx, entity(t, partition, row), &aztables.UpdateEntityOptions{IfMatch: &read.ETag, UpdateMode: aztables.UpdateModeReplace})
	ok(t, err)
	_, err = c.table.UpdateEntity(ctx, entity(t, partition, row), &aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeMerge})
	ok(t, err)
	pages := c.table.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: to.Ptr("PartitionKey eq 'o''neil & söhne'")})
	page, err := pages.NextPage(ctx)
	ok(t, err)
	if len(page.Entities) != 1 {
		t.Errorf("query found %d entities", len(page.Entities))
	}
	_, err = c.table.SubmitTransaction(ctx, []aztables.TransactionAction{
		{ActionType: aztables.TransactionTypeAdd, Entity: entity(t, partition, "1")},
		{ActionType: aztables.TransactionTypeAdd, Entity: entity(t, partition, "2")},
	}, nil)
	ok(t, err)
	_, err = c.table.DeleteEntity(ctx, partition, row, nil)
	ok(t, err)

	// Blob: a body of some size, in a stream and in blocks.
	content := bytes.Repeat([]byte("0123456789abcdef"), 300_000) // 4.8 MB
	_, err = c.blobs.UploadBuffer(ctx, c.name, ".well-known/acme-challenge/a b_c", content[:100], nil)
	ok(t, err)
	_, err = c.blobs.UploadStream(ctx, c.name, "big", bytes.NewReader(content), nil) // blocks of 1 MiB, then the list
	ok(t, err)
	download, err := c.blobs.DownloadStream(ctx, c.name, "big", nil)
	ok(t, err)
	got, err := io.ReadAll(download.Body)
	ok(t, err)
	if !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back for %d", len(got), len(content))
	}
	_, err = c.blobs.NewListBlobsFlatPager(c.name, nil).NextPage(ctx)
	ok(t, err)
	_, err = c.blobs.DeleteBlob(ctx, c.name, "big", nil)
	ok(t, err)

	since := door.Counts().Sub(before)
	want := storagedoor.Counts{
		"queue put": 1, "queue peek": 1, "queue receive": 1, "queue update": 1, "queue delete": 1, "queue properties": 1, "queue clear": 1,
		"table insert": 1, "table get": 1, "table update": 1, "table merge": 1, "table query": 1, "table batch": 1, "table delete": 1,
		"blob put": 2, "blob put block": 5, "blob get": 1, "blob list": 1, "blob delete": 1,
	}
	if diff := cmp.Diff(want, since); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if since.Total() != 24 || since.Of(storagedoor.Table) != 7 || since.Of(storagedoor.Queue) != 7 {
		t.Errorf("total %d, table %d, queue %d", since.Total(), since.Of(storagedoor.Table), since.Of(storagedoor.Queue))
	}

	_, err = c.queue.Delete(ctx, nil)
	ok(t, err)
	_, err = c.table.Delete(ctx, nil)
	ok(t, err)
	_, err = c.blobs.DeleteContainer(ctx, c.name, nil)
	ok(t, err)
	all := door.Counts()
	for _, kind := range []string{
		"queue create queue", "queue delete queue", "table create table", "table delete table", "blob create container", "blob delete container",
	} {
		if all[kind] != 1 {
			t.Errorf("%s counted %d times", kind, all[kind])
		}
	}
}

func TestErrorsOfTheEmulatorComeThroughAsTheyAre(t *testing.T) {
	t.Parallel()
	door := openDoor(t, startEmulator(t).Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	c.create(t)
	_, err := c.table.GetEntity(t.Context(), "p", "missing", nil)
	wantError(t, err, http.StatusNotFound, "ResourceNotFound")
	_, err = c.queue.DeleteMessage(t.Context(), "11111111-1111-1111-1111-111111111111", "AgAAAA", nil)
	wantError(t, err, http.StatusNotFound, "MessageNotFound")
	_, err = c.blobs.DownloadStream(t.Context(), c.name, "missing", nil)
	wantError(t, err, http.StatusNotFound, "BlobNotFound")
}

func TestARestartOfTheEmulatorBreaksOnlyWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	own, err := azurite.Start(t.Context(), azurite.Options{Dir: t.TempDir(), OnDisk: true})
	processtest.RequireTools(t, err)
	t.Cleanup(own.Stop)
	door := openDoor(t, own.Ports())
	c := clientsOf(t, door.ConnectionString(), noRetry)
	c.create(t)
	_, err = c.table.AddEntity(t.Context(), entity(t, "p", "r"), nil)
	ok(t, err)
	ok(t, own.Restart(t.Context()))
	_, err = c.table.GetEntity(t.Context(), "p", "r", nil) // the pooled connections are dead
	ok(t, err)

	own.Stop()
	_, err = c.table.GetEntity(t.Context(), "p", "r", nil)
	if failed := new(azcore.ResponseError); err == nil || errors.As(err, &failed) {
		t.Errorf("without an emulator: %v, want a broken connection", err)
	}
}

// wantError compares status and code of an error of the SDK.
func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	var failed *azcore.ResponseError
	if !errors.As(err, &failed) || failed.StatusCode != status || failed.ErrorCode != code {
		t.Errorf("error %v, want %d %s", err, status, code)
	}
}
