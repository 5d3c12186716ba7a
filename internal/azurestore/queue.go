package azurestore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"

	"certgate/internal/durable"
)

// maxDelay is the service's limit for the visibility timeout of a new message
// (Put Message). A longer delay is cut: the message comes early, and the engine
// sends it again for the rest.
const maxDelay = 7 * 24 * time.Hour

// Queue implements durable.Queue.
type Queue struct {
	client *azqueue.QueueClient
	poison *azqueue.QueueClient // where the Functions host puts what it gave up on
	name   string
}

// Send implements durable.Queue: one request. The body is base64 of JSON, which
// the Functions host expects. It never expires: the default of seven days would
// lose what waits longer, and the delay must be below it.
func (q *Queue) Send(ctx context.Context, m durable.Message, delay time.Duration) error {
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("send message for instance %s: %w", m.Instance, err)
	}
	options := &azqueue.EnqueueMessageOptions{TimeToLive: to.Ptr(int32(-1)), VisibilityTimeout: to.Ptr(wholeSeconds(delay))}
	enqueue := func() error {
		_, err := q.client.EnqueueMessage(ctx, base64.StdEncoding.EncodeToString(body), options)
		return clean(err)
	}
	err = enqueue()
	if code(err) == string(queueerror.QueueNotFound) {
		if err = q.Ensure(ctx); err == nil {
			err = enqueue()
		}
	}
	if err != nil {
		return fmt.Errorf("send message for instance %s: %w", m.Instance, err)
	}
	return nil
}

// Ensure makes the queue if it is missing. Calling it is not needed, but the
// host polls a missing queue in vain until the first message.
func (q *Queue) Ensure(ctx context.Context) error {
	if _, err := q.client.Create(ctx, nil); err != nil {
		if err = clean(err); code(err) != string(queueerror.QueueAlreadyExists) {
			return fmt.Errorf("create queue %s: %w", q.name, err)
		}
	}
	return nil
}

// wholeSeconds rounds up, so that a message never comes before its time.
func wholeSeconds(d time.Duration) int32 {
	d = min(max(d, 0), maxDelay)
	return int32((d + time.Second - 1) / time.Second)
}
