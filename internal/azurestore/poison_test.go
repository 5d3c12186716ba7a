package azurestore_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/internal/azurestore"
	"certgate/localstack/azurite/azuritetest"
)

// What the host can never hand over goes, with a word of what it was; what it can
// hand over is there again at once.
func testRemoveUnreadable(t *testing.T, emulator azuritetest.Emulator) {
	queue, raw, w := queueAndClient(t, emulator)
	look := func(now time.Time, patience time.Duration) ([]azurestore.Removed, bool) {
		t.Helper()
		removed, left, err := queue.RemoveUnreadable(t.Context(), now, patience)
		if err != nil {
			t.Fatal(err)
		}
		return removed, left
	}
	if removed, left := look(time.Now(), 0); len(removed) != 0 || left {
		t.Errorf("a queue that does not exist: %v, left %t", removed, left)
	}
	for range 2 { // the second time it is there
		if err := queue.PreparePoison(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if sent := w.count(t, func() error { look(time.Now(), time.Minute); return nil }); len(sent) != 1 {
		t.Errorf("a look into an empty queue takes %q", sent)
	}
	name := raw.URL()[strings.LastIndexByte(raw.URL(), '/')+1:]
	poison, err := azqueue.NewQueueClientFromConnectionString(emulator.ConnectionString, name+"-poison", nil)
	if err != nil {
		t.Fatal(err)
	}
	put := func(text string) {
		t.Helper()
		if _, err := poison.EnqueueMessage(t.Context(), text, nil); err != nil {
			t.Fatal(err)
		}
	}
	put(`{"instance":"somebody's"}`)
	put(base64.StdEncoding.EncodeToString([]byte("\xff\xfe" + strings.Repeat("long ", 100))))
	removed, left := look(time.Now(), time.Minute)
	if len(removed) != 2 || left {
		t.Fatalf("removed %+v, left %t", removed, left)
	}
	for i, want := range []struct{ reason, start string }{{azurestore.NotBase64, `"{\"instance\":\"somebody's\"}"`}, {azurestore.NotUTF8, `"\xff\xfelong `}} {
		if got := removed[i]; got.Reason != want.reason || !strings.HasPrefix(got.Start, want.start) || len(got.Start) > 100 || got.ID == "" || time.Since(got.Inserted).Abs() > time.Minute {
			t.Errorf("removed %+v, want %s beginning with %s", got, want.reason, want.start)
		}
	}

	put(base64.StdEncoding.EncodeToString([]byte(`{"instance":"ours"}`)))
	for range 6 {
		if removed, left := look(time.Now(), time.Minute); len(removed) != 0 || !left {
			t.Fatalf("removed %+v, left %t", removed, left)
		}
		if peeked, err := poison.PeekMessage(t.Context(), nil); err != nil || len(peeked.Messages) != 1 {
			t.Fatalf("the message was not given back: %v, %v", peeked.Messages, err)
		}
	}
	if removed, left := look(time.Now().Add(25*time.Hour), time.Minute); len(removed) != 1 || left || removed[0].Reason != azurestore.Abandoned {
		t.Errorf("after a day removed %+v, left %t", removed, left)
	}
}

// A message that the host has in its hands is invisible most of the time: the look
// waits for the moment at which its lease ends.
func testRemoveUnreadableWaitsForALeaseToEnd(t *testing.T, emulator azuritetest.Emulator) {
	queue, raw, _ := queueAndClient(t, emulator)
	if err := queue.PreparePoison(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := raw.URL()[strings.LastIndexByte(raw.URL(), '/')+1:]
	poison, err := azqueue.NewQueueClientFromConnectionString(emulator.ConnectionString, name+"-poison", nil)
	if err != nil {
		t.Fatal(err)
	}
	hidden := int32(2)
	if _, err := poison.EnqueueMessage(t.Context(), "no base64!", &azqueue.EnqueueMessageOptions{VisibilityTimeout: &hidden}); err != nil {
		t.Fatal(err)
	}
	if removed, left, err := queue.RemoveUnreadable(t.Context(), time.Now(), 0); len(removed) != 0 || !left || err != nil {
		t.Errorf("without patience removed %v, left %t, %v", removed, left, err)
	}
	if removed, left, err := queue.RemoveUnreadable(t.Context(), time.Now(), time.Minute); len(removed) != 1 || left || err != nil {
		t.Errorf("removed %v, left %t, %v", removed, left, err)
	}
}
