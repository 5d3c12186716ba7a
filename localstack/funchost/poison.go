package funchost

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"
)

func isPoisonQueue(name string) bool { return strings.HasSuffix(name, poisonSuffix) }

// copyToPoison puts the text as it is into the poison queue, which is created
// when it is missing. The copy is a new message: new id, dequeue count 0, and
// the service's default life of seven days.
func (l *queueListener) copyToPoison(ctx context.Context, text string) error {
	_, err := l.poison.EnqueueMessage(ctx, text, nil)
	if !isMissingQueue(err) {
		return err
	}
	// Creating a queue that has been created meanwhile is no error.
	if _, err := l.poison.Create(ctx, nil); err != nil {
		return err
	}
	_, err = l.poison.EnqueueMessage(ctx, text, nil)
	return err
}

func isMissingQueue(err error) bool { return queueerror.HasCode(err, queueerror.QueueNotFound) }

// storageCause shortens an SDK error for the log. The URL is left out: it may
// carry a shared access signature.
func storageCause(err error) error {
	var refused *azcore.ResponseError
	if errors.As(err, &refused) {
		return fmt.Errorf("status %d %s", refused.StatusCode, refused.ErrorCode)
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}
