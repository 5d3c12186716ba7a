package funchost

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
)

// completionTimeout bounds what happens to a message after its function. It is
// not part of the host's work context: a stopping host still completes.
const completionTimeout = 15 * time.Second

// process takes one received message to its end: deleted, visible again later,
// or in the poison queue.
func (l *queueListener) process(work context.Context, m *azqueue.DequeuedMessage) {
	log := l.log.With("message", *m.MessageID, "dequeueCount", *m.DequeueCount)
	content, err := l.decode(*m.MessageText)
	if err != nil {
		log.Error("message is not base64 and is never invoked")
		l.complete(work, m, *m.PopReceipt, outcomePoison)
		return
	}
	if l.poison != nil && *m.DequeueCount > int64(l.options.maxDequeueCount) {
		l.complete(work, m, *m.PopReceipt, outcomePoison)
		return
	}
	lease := holdMessage(work, l.queue, m, l.lease, log)
	err = l.deliver(work, queueMessage{
		id: *m.MessageID, popReceipt: *m.PopReceipt, content: content, dequeueCount: *m.DequeueCount,
		inserted: *m.InsertionTime, expires: *m.ExpirationTime, visibleAt: *m.TimeNextVisible,
	})
	receipt := lease.release()
	switch {
	case err == nil:
		l.complete(work, m, receipt, outcomeDelete)
	case l.poison != nil && *m.DequeueCount >= int64(l.options.maxDequeueCount):
		l.complete(work, m, receipt, outcomePoison)
	default:
		l.complete(work, m, receipt, outcomeRetry)
	}
}

// decode undoes messageEncoding. .NET ignores white space in base64.
func (l *queueListener) decode(text string) ([]byte, error) {
	if !l.options.base64 {
		return []byte(text), nil
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// deliver invokes the function, as often as Config.DeliverTwice says. The
// message has failed if one of the invocations has.
func (l *queueListener) deliver(work context.Context, m queueMessage) error {
	once := func() error { return l.invoke(work, l.function, queuePayload(l.function, l.trigger, m)) }
	switch l.duplicate {
	case DeliverTwice:
		if err := once(); err != nil {
			return err
		}
		return once()
	case DeliverTwiceAtOnce:
		var first, second error
		var both sync.WaitGroup
		both.Go(func() { first = once() })
		both.Go(func() { second = once() })
		both.Wait()
		return errors.Join(first, second)
	default:
		return once()
	}
}

type messageOutcome int

const (
	outcomeDelete messageOutcome = iota
	outcomeRetry                 // visible again after visibilityTimeout
	outcomePoison                // copied to the poison queue, then deleted
)

// complete does what is left to do. If that fails, the lease ends after up to
// ten minutes and the message is delivered again.
func (l *queueListener) complete(work context.Context, m *azqueue.DequeuedMessage, receipt string, o messageOutcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(work), completionTimeout)
	defer cancel()
	log := l.log.With("message", *m.MessageID)
	var err error
	switch {
	case o != outcomeDelete && l.poison == nil:
		// The platform leaves a failed message of a poison queue to its lease,
		// so that it is not tried again at once.
		log.Warn("message has no poison queue and stays invisible until its lease ends", "lease", l.lease)
		return
	case o == outcomeRetry:
		seconds := int32(l.options.visibilityTimeout.Seconds())
		_, err = l.queue.UpdateMessage(ctx, *m.MessageID, receipt, *m.MessageText, &azqueue.UpdateMessageOptions{VisibilityTimeout: &seconds})
	case o == outcomePoison:
		// Copy first: a crash in between makes two copies, not none.
		if err = l.copyToPoison(ctx, *m.MessageText); err != nil {
			break
		}
		log.Warn("message moved to the poison queue", "poison", l.trigger.queue+poisonSuffix)
		fallthrough
	default:
		_, err = l.queue.DeleteMessage(ctx, *m.MessageID, receipt, nil)
	}
	if err != nil {
		log.Error("message could not be completed and will come again", "error", storageCause(err))
	}
}
