package azurestore_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/localstack/azurite/azuritetest"
)

func queueAndClient(t *testing.T, emulator azuritetest.Emulator) (*azurestore.Queue, *azqueue.QueueClient, *wire) {
	t.Helper()
	w, name := &wire{}, "q-"+strings.ToLower(rand.Text())
	queue, err := azurestore.NewQueue(azurestore.Config{ConnectionString: emulator.ConnectionString, Queue: name, ClientOptions: options(w)})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := azqueue.NewQueueClientFromConnectionString(emulator.ConnectionString, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	return queue, raw, w
}

func decodeMessage(t *testing.T, text string) (m durable.Message) {
	t.Helper()
	body, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatalf("body %q: %v", text, err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("body %q: %v", body, err)
	}
	return m
}

func testQueueWire(t *testing.T, emulator azuritetest.Emulator) {
	queue, raw, w := queueAndClient(t, emulator)
	message := durable.Message{Instance: durable.NewID("claim"), Step: "CheckAcmeOrderStep", Seq: 7}
	if err := queue.Send(t.Context(), message, 0); err != nil {
		t.Fatal(err)
	}
	got, ok, err := dequeue(t.Context(), raw)
	if !ok || err != nil {
		t.Fatalf("dequeue gave %t, %v; want the message", ok, err)
	}
	body, err := base64.StdEncoding.DecodeString(*got.MessageText)
	want := `{"instance":"` + message.Instance + `","step":"CheckAcmeOrderStep","seq":7}`
	if err != nil || string(body) != want {
		t.Errorf("body is %s (%v), want %s", body, err, want)
	}
	if got.ExpirationTime.Year() != 9999 {
		t.Errorf("the message expires %s, want never", got.ExpirationTime)
	}
	for _, c := range []struct {
		delay time.Duration
		want  string
	}{
		{-time.Second, "visibilitytimeout=0"},
		{time.Millisecond, "visibilitytimeout=1"},
		{90 * time.Second, "visibilitytimeout=90"},
		{365 * 24 * time.Hour, "visibilitytimeout=604800"},
	} {
		sent := w.count(t, func() error { return queue.Send(t.Context(), message, c.delay) })
		if len(sent) != 1 || !strings.Contains(sent[0]+"&", c.want+"&") || !strings.Contains(sent[0], "messagettl=-1") {
			t.Errorf("delay %s sent %q, want one request with %s and no expiry", c.delay, sent, c.want)
		}
	}
}
