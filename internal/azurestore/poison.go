package azurestore

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"
)

// Why a message was removed from the poison queue.
const (
	NotBase64 = "notBase64" // the host decodes each message and does not invoke
	NotUTF8   = "notUTF8"   // the host cannot bind it to text
	Abandoned = "abandoned" // delivered in vain for a day
)

// Removed is a message that was taken out of the poison queue for good.
type Removed struct {
	ID       string
	Inserted time.Time
	Reason   string
	// Start are its first bytes, quoted.
	Start string
}

const (
	// hostTries is maxDequeueCount of host.json.
	hostTries = 5
	// abandonedAfter is how long a message may be delivered in vain: as long as a
	// person may need to mend what keeps it from being handled.
	abandonedAfter = 24 * time.Hour
	// lookEvery is short against the two seconds that the host takes to find a message
	// again whose lease has ended (maxPollingInterval of host.json).
	lookEvery = 250 * time.Millisecond
	// holdFor is for the deletion of what a look has found.
	holdFor = time.Minute
	// startBytes is how much of a message is shown.
	startBytes = 40
)

// PreparePoison makes the poison queue if it is missing: the host polls it from the
// beginning, and logs a warning every two seconds while it does not exist.
func (q *Queue) PreparePoison(ctx context.Context) error {
	if _, err := q.poison.Create(ctx, nil); err != nil {
		if err = clean(err); code(err) != string(queueerror.QueueAlreadyExists) {
			return fmt.Errorf("create queue %s%s: %w", q.name, poisonSuffix, err)
		}
	}
	return nil
}

// RemoveUnreadable removes what the Functions host can never hand over from the
// poison queue: messages that are not base64 or not UTF-8, and those that have been
// delivered in vain for a day. One request if the queue is empty.
//
// The host takes such a message again whenever its lease of ten minutes ends, so that
// it is visible for a second or two only. While the queue has messages, this looks
// again and again until all of them have been seen or patience is over; left says that
// some have not. A message that is in order is given back at once, and ends the look:
// the host will hand it over. A second run finds what this one left.
func (q *Queue) RemoveUnreadable(ctx context.Context, now time.Time, patience time.Duration) (removed []Removed, left bool, err error) {
	fail := func(err error) ([]Removed, bool, error) {
		return removed, true, fmt.Errorf("look into queue %s%s: %w", q.name, poisonSuffix, clean(err))
	}
	count, err := length(ctx, q.poison)
	if err != nil {
		return fail(err)
	}
	for end := time.Now().Add(patience); int64(len(removed)) < count; {
		page, err := q.poison.DequeueMessages(ctx, &azqueue.DequeueMessagesOptions{NumberOfMessages: to.Ptr(int32(32)), VisibilityTimeout: to.Ptr(int32(holdFor / time.Second))})
		if err != nil {
			return fail(err)
		}
		inOrder := false
		for _, m := range page.Messages {
			found, bad := judge(m, now)
			if !bad {
				inOrder = true
				_, err = q.poison.UpdateMessage(ctx, *m.MessageID, *m.PopReceipt, *m.MessageText, &azqueue.UpdateMessageOptions{VisibilityTimeout: to.Ptr(int32(0))})
			} else if _, err = q.poison.DeleteMessage(ctx, *m.MessageID, *m.PopReceipt, nil); err == nil {
				removed = append(removed, found)
			}
			if err != nil {
				return fail(err)
			}
		}
		if inOrder || int64(len(removed)) >= count || time.Now().Add(lookEvery).After(end) {
			break
		}
		select {
		case <-ctx.Done():
			return fail(ctx.Err())
		case <-time.After(lookEvery):
		}
	}
	return removed, int64(len(removed)) < count, nil
}

// judge says whether the host can hand a message over.
func judge(m *azqueue.DequeuedMessage, now time.Time) (found Removed, bad bool) {
	found = Removed{ID: *m.MessageID, Inserted: m.InsertionTime.UTC(), Start: start([]byte(*m.MessageText))}
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(*m.MessageText), ""))
	switch {
	case err != nil:
		found.Reason = NotBase64
	case !utf8.Valid(content):
		found.Reason, found.Start = NotUTF8, start(content)
	case *m.DequeueCount > hostTries && now.Sub(found.Inserted) > abandonedAfter:
		found.Reason, found.Start = Abandoned, start(content)
	default:
		return Removed{}, false
	}
	return found, true
}

func start(content []byte) string { return fmt.Sprintf("%q", content[:min(len(content), startBytes)]) }
