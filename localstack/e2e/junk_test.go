package e2e

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// Somebody's script puts into the queue what the Functions host cannot hand over. It
// ends in the poison queue, whose function never sees it; the timer Rescue does, and
// certificates are issued meanwhile.
func TestWhatTheHostCannotHandOverIsRemovedFromThePoisonQueue(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{QueueLease: 2 * time.Second, Env: []string{
		"AzureFunctionsJobHost__extensions__queues__visibilityTimeout=00:00:01",
	}})
	queue := func(name string) *azqueue.QueueClient {
		client, err := azqueue.NewQueueClientFromConnectionString(w.Azurite.ConnectionString(), name, nil)
		must(t, err)
		return client
	}
	for _, text := range []string{`{"instance":"not base64"}`, base64.StdEncoding.EncodeToString([]byte("\xff\xfe not UTF-8"))} {
		_, err := queue("certgate-steps").EnqueueMessage(t.Context(), text, nil)
		must(t, err)
	}
	completes(t, w, w.Request("shop.example.test"))
	poison := queue("certgate-steps-poison")
	waittest.Until(t, patience, "both are in the poison queue", func() bool {
		properties, err := poison.GetProperties(t.Context(), nil)
		return err == nil && *properties.ApproximateMessagesCount == 2
	})
	fire(t, w, "Rescue")
	waittest.Until(t, patience, "the poison queue is empty", func() bool {
		properties, err := poison.GetProperties(t.Context(), nil)
		return err == nil && *properties.ApproximateMessagesCount == 0
	})
	waittest.Until(t, patience, "both are counted", func() bool {
		text := scrape(t, w)
		return strings.Contains(text, `certgate_poison_removed_total{reason="notBase64"} 1`) && strings.Contains(text, `certgate_poison_removed_total{reason="notUTF8"} 1`)
	})
}
