package funchost

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
)

// completionTimeout bounds what happens to a message after its function.
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
	info := QueueMessageInfo{ID: *m.MessageID, DequeueCount: *m.DequeueCount, Body: string(content)}
	delivery := l.plan(l.trigger.queue, info)
	switch {
	case delivery.Poison:
		log.Warn("message counts as failed for the last time, on request")
		l.complete(work, m, *m.PopReceipt, outcomePoison)
		return
	case delivery.Late > 0 && !l.lastReceive(m):
		l.putBack(work, m, delivery.Late)
		return
	}
	if !l.trigger.binary && !utf8.Valid(content) {
		log.Error("function failed: the message is not UTF-8 and cannot be bound; the handler is not asked")
		o := outcomeRetry
		if l.lastReceive(m) {
			o = outcomePoison
		}
		l.complete(work, m, *m.PopReceipt, o)
		return
	}
	lease := holdMessage(work, l.queue, m, l.lease, log)
	err = l.deliver(work, delivery.Twice, info, queueMessage{
		id: *m.MessageID, popReceipt: *m.PopReceipt, content: content, dequeueCount: *m.DequeueCount,
		inserted: *m.InsertionTime, expires: *m.ExpirationTime, visibleAt: *m.TimeNextVisible,
	})
	receipt := lease.release()
	switch {
	case err == nil:
		l.complete(work, m, receipt, outcomeDelete)
	case l.lastReceive(m):
		l.complete(work, m, receipt, outcomePoison)
	default:
		l.complete(work, m, receipt, outcomeRetry)
	}
}

// lastReceive reports whether the message is poison when it is received again.
func (l *queueListener) lastReceive(m *azqueue.DequeuedMessage) bool {
	return l.poison != nil && *m.DequeueCount >= int64(l.options.maxDequeueCount)
}

// decode undoes messageEncoding. .NET ignores white space in base64.
func (l *queueListener) decode(text string) ([]byte, error) {
	if !l.options.base64 {
		return []byte(text), nil
	}
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
}

// deliver invokes the function as often as is wanted. The message has failed if
// one of the invocations has.
func (l *queueListener) deliver(work context.Context, often Duplicate, info QueueMessageInfo, m queueMessage) error {
	once := func() error {
		return l.witness.watch(work, l.trigger.queue, info, func(ctx context.Context) error {
			return l.invoke(ctx, l.function, queuePayload(l.function, l.trigger, m))
		})
	}
	switch often {
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

// complete does what is left to do when the message has had its invocations.
func (l *queueListener) complete(work context.Context, m *azqueue.DequeuedMessage, receipt string, o messageOutcome) {
	log := l.log.With("message", *m.MessageID)
	l.settle(work, m, func(ctx context.Context) error {
		switch {
		case o != outcomeDelete && l.poison == nil:
			// The platform leaves a failed message of a poison queue to its lease,
			// so that it is not tried again at once.
			log.Warn("message has no poison queue and stays invisible until its lease ends", "lease", l.lease)
			return nil
		case o == outcomeRetry:
			return l.hide(ctx, m, receipt, l.options.visibilityTimeout)
		case o == outcomePoison:
			// Copy first: a crash in between makes two copies, not none.
			if err := l.copyToPoison(ctx, *m.MessageText); err != nil {
				return err
			}
			log.Warn("message moved to the poison queue", "poison", l.trigger.queue+poisonSuffix)
		}
		_, err := l.queue.DeleteMessage(ctx, *m.MessageID, receipt, nil)
		return err
	})
}

// putBack makes a message late that has not been invoked.
func (l *queueListener) putBack(work context.Context, m *azqueue.DequeuedMessage, late time.Duration) {
	late = (late + time.Second - 1).Truncate(time.Second)
	l.log.Warn("message is late, on request", "message", *m.MessageID, "late", late)
	l.settle(work, m, func(ctx context.Context) error { return l.hide(ctx, m, *m.PopReceipt, late) })
}

// hide makes the message invisible for a number of seconds from now.
func (l *queueListener) hide(ctx context.Context, m *azqueue.DequeuedMessage, receipt string, d time.Duration) error {
	seconds := int32(d.Seconds())
	_, err := l.queue.UpdateMessage(ctx, *m.MessageID, receipt, *m.MessageText, &azqueue.UpdateMessageOptions{VisibilityTimeout: &seconds})
	return err
}

// settle changes the message for the last time. If that fails, or the host is
// dead, the lease ends after up to ten minutes and the message is delivered again.
func (l *queueListener) settle(work context.Context, m *azqueue.DequeuedMessage, change func(context.Context) error) {
	ctx, cancel := unlessKilled(work, completionTimeout)
	defer cancel()
	if ctx.Err() != nil {
		return
	}
	if err := change(ctx); err != nil {
		l.log.Error("message could not be completed and will come again", "message", *m.MessageID, "error", storageCause(err))
	}
}
