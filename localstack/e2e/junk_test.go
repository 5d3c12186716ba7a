package e2e

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// longestMessage is the bytes that fill a message of a queue, in base64.
const longestMessage = 48 << 10

// Somebody's script puts into the queue what the Functions host cannot hand over. It
// ends in the poison queue, whose function never sees it; the timer Rescue does, and
// certificates are issued meanwhile. What it can hand over is gone at its first delivery,
// however long.
func TestJunkInTheQueuesIsGoneWhileCertificatesAreIssued(t *testing.T) {
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
	// The longest that a queue takes, which escaping makes seven times as long: put among
	// the messages, and straight into the poison queue.
	long := []string{strings.Repeat("\x01", longestMessage), `{"id":"` + strings.Repeat(`\u0001`, (longestMessage-9)/6) + `"}`}
	for _, text := range long {
		for _, name := range []string{"certgate-steps", "certgate-steps-poison"} {
			_, err := queue(name).EnqueueMessage(t.Context(), base64.StdEncoding.EncodeToString([]byte(text)), nil)
			must(t, err)
		}
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
	// Once for each delivery: a machine that is busy for longer than the lease gets a second.
	waittest.Until(t, patience, "each over-long message is told of", func() bool {
		log, err := os.ReadFile(filepath.Join(w.Dir, "stack.log"))
		must(t, err)
		return strings.Count(string(log), `dropped a message that is not one of ours\",`) == 2*len(long) // by the handler: the host repeats it
	})
}
