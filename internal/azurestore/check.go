package azurestore

import (
	"context"
	"errors"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/queueerror"

	"certgate/internal/durable"
)

// Check reads a row that does not exist: the service answers, the identity is
// let in and the table is there (it is made if need be).
func (s *Store) Check(ctx context.Context) error {
	_, err := s.Load(ctx, "00000000000000000000000000000000")
	if errors.Is(err, durable.ErrNotFound) || durable.Unreadable(err) { // somebody's row: the service is well
		return nil
	}
	return err
}

// Check asks for the queue's properties, and makes the queue if it is not there.
func (q *Queue) Check(ctx context.Context) error {
	_, err := q.client.GetProperties(ctx, nil)
	if err = clean(err); code(err) == string(queueerror.QueueNotFound) {
		return q.Ensure(ctx)
	}
	return err
}
