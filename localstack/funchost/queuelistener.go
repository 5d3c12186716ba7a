package funchost

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
)

// queueLease is how long a received message stays invisible; it is renewed at
// half. No setting of the platform changes it.
const queueLease = 10 * time.Minute

// queueListener pumps one queue. On every pass it fetches a batch when no more
// than newBatchThreshold messages are in flight.
type queueListener struct {
	function string
	trigger  *queueTrigger
	queue    *azqueue.QueueClient
	poison   *azqueue.QueueClient // nil: the queue has none
	options  queueOptions
	lease    time.Duration
	plan     func(queue string, message QueueMessageInfo) Delivery
	witness  Witness
	invoke   func(ctx context.Context, function string, p payload) error
	log      *slog.Logger
}

const poisonSuffix = "-poison"

// newQueueListener connects without I/O. Poison queues and those whose name has
// no room for the suffix have no poison queue of their own.
func newQueueListener(f function, o queueOptions, c Config, i *invoker, log *slog.Logger) (*queueListener, error) {
	l := &queueListener{
		function: f.name, trigger: f.queue, options: o, lease: c.QueueLease, plan: c.Deliver, witness: c.Witness, invoke: i.invoke,
		log: log.With("function", f.name, "queue", f.queue.queue),
	}
	var err error
	if l.queue, err = azqueue.NewQueueClientFromConnectionString(f.queue.connection, f.queue.queue, nil); err != nil {
		return nil, fmt.Errorf("function %s: connection: %w", f.name, err)
	}
	poison := f.queue.queue + poisonSuffix
	if isPoisonQueue(f.queue.queue) || !validQueueName(poison) {
		return l, nil
	}
	if l.poison, err = azqueue.NewQueueClientFromConnectionString(f.queue.connection, poison, nil); err != nil {
		return nil, fmt.Errorf("function %s: connection: %w", f.name, err)
	}
	return l, nil
}

// run polls until listen ends, then waits for the messages in flight, which
// keep work. A missing queue is polled, not created.
func (l *queueListener) run(listen, work context.Context) {
	idle := backoff{ceiling: l.options.maxPollingEvery}
	finished := make(chan struct{})
	var inFlight int
	var all sync.WaitGroup
	defer all.Wait()

	for listen.Err() == nil {
		messages, err := l.receive(listen)
		for _, m := range messages {
			inFlight++
			all.Go(func() {
				l.process(work, m)
				select {
				case finished <- struct{}{}:
				case <-listen.Done():
				}
			})
		}
		var pause <-chan time.Time
		switch {
		case len(messages) > 0:
			idle.reset()
			pause = time.After(0)
		default:
			if err != nil && listen.Err() == nil && !isMissingQueue(err) {
				l.log.Warn("queue could not be read", "error", storageCause(err))
			}
			pause = time.After(idle.next(spread()))
		}
		for paused := true; paused || inFlight > l.options.newBatchThreshold; {
			select {
			case <-pause:
				paused = false
			case <-finished:
				inFlight--
			case <-listen.Done():
				return
			}
		}
	}
}

func (l *queueListener) receive(ctx context.Context) ([]*azqueue.DequeuedMessage, error) {
	count, seconds := int32(l.options.batchSize), int32(l.lease.Seconds())
	response, err := l.queue.DequeueMessages(ctx, &azqueue.DequeueMessagesOptions{NumberOfMessages: &count, VisibilityTimeout: &seconds})
	return response.Messages, err
}
