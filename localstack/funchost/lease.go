package funchost

import (
	"context"
	"log/slog"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
)

// messageLease keeps a message invisible while its function runs. Each renewal
// changes the pop receipt.
type messageLease struct {
	stop    chan struct{}
	stopped chan struct{}
	receipt string // owned by the renewing goroutine until stopped is closed
}

// holdMessage renews at half of the lease, and sooner after an error (half of
// that again, but not more often than once a minute).
func holdMessage(work context.Context, queue *azqueue.QueueClient, m *azqueue.DequeuedMessage, lease time.Duration, log *slog.Logger) *messageLease {
	l := &messageLease{stop: make(chan struct{}), stopped: make(chan struct{}), receipt: *m.PopReceipt}
	go func() {
		defer close(l.stopped)
		interval := lease / 2
		alarm := time.NewTimer(interval)
		defer alarm.Stop()
		for {
			select {
			case <-l.stop:
				return
			case <-alarm.C:
			}
			if err := l.renew(work, queue, m, lease); err != nil {
				log.Warn("lease of the message could not be renewed", "error", storageCause(err))
				interval = min(interval, max(time.Minute, interval/2))
			} else {
				log.Debug("lease of the message renewed")
				interval = lease / 2
			}
			alarm.Reset(interval)
		}
	}()
	return l
}

// renew is not cut off by the end of work: the receipt would be lost.
func (l *messageLease) renew(work context.Context, queue *azqueue.QueueClient, m *azqueue.DequeuedMessage, lease time.Duration) error {
	ctx, cancel := unlessKilled(work, completionTimeout)
	defer cancel()
	seconds := int32(lease.Seconds())
	// An update replaces the content too, so the old one goes along.
	response, err := queue.UpdateMessage(ctx, *m.MessageID, l.receipt, *m.MessageText, &azqueue.UpdateMessageOptions{VisibilityTimeout: &seconds})
	if err != nil {
		return err
	}
	l.receipt = *response.PopReceipt
	return nil
}

// release ends the renewals and returns the pop receipt that is valid now.
func (l *messageLease) release() string {
	close(l.stop)
	<-l.stopped
	return l.receipt
}
