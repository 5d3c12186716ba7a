package azurestore

import (
	"context"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

const (
	// maxTransaction is the service's limit for the body of a transaction, less
	// what the SDK wraps around each entity.
	maxTransaction = 4<<20 - 100<<10
	// mostOperations is the service's limit for the operations of a transaction.
	mostOperations = 100
)

// transaction collects the operations of one entity-group transaction: all of
// them or none are done. The first error of a method stays and Submit gives it.
type transaction struct {
	actions []aztables.TransactionAction
	size    int
	err     error
}

func (t *transaction) put(kind aztables.TransactionType, r row, ifMatch *azcore.ETag, what string) {
	entity, err := r.encode(what)
	if err != nil && t.err == nil {
		t.err = err
	}
	t.size += len(entity)
	t.actions = append(t.actions, aztables.TransactionAction{ActionType: kind, Entity: entity, IfMatch: ifMatch})
}

func (t *transaction) delete(partition, key string, ifMatch azcore.ETag) {
	t.put(aztables.TransactionTypeDelete, newRow(partition, key), &ifMatch, key)
}

// submit sends the transaction: one HTTP request. It returns the new ETag of
// each row, "" for deleted ones. A refusal is a *ServiceError with the code of
// the operation that was refused; then nothing is stored.
func (s *Store) submit(ctx context.Context, t *transaction) (etags []azcore.ETag, err error) {
	if t.err != nil {
		return nil, t.err
	}
	if t.size > maxTransaction {
		return nil, &TooLargeError{What: "the transaction", Size: t.size, Limit: maxTransaction}
	}
	err = s.withTable(ctx, func() error {
		// The SDK gives neither the ETags of a transaction nor the reason of its
		// refusal (it reports an error with status 202), so the answer is read here.
		var answer *http.Response
		_, err := s.table.SubmitTransaction(policy.WithCaptureResponse(ctx, &answer), t.actions, nil)
		if answer != nil && answer.StatusCode == http.StatusAccepted {
			etags, err = readAnswers(answer)
			if err == nil && len(etags) != len(t.actions) {
				err = fmt.Errorf("the transaction has %d operations and %d answers", len(t.actions), len(etags))
			}
		}
		return clean(err)
	})
	return etags, err
}

// withoutGone returns the transaction without its deletions of rows that are
// not there: mail that was dropped before, or an index row that somebody
// removed by hand. The service refuses a whole transaction over one of them.
// It costs a request for each deletion, and is only for after a refusal.
func (s *Store) withoutGone(ctx context.Context, t *transaction) (*transaction, error) {
	kept := &transaction{size: t.size}
	for _, action := range t.actions {
		if action.ActionType == aztables.TransactionTypeDelete {
			e, err := decode(action.Entity)
			if err != nil {
				return nil, err
			}
			_, err = s.get(ctx, e.PartitionKey, e.RowKey)
			if missing(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		kept.actions = append(kept.actions, action)
	}
	return kept, nil
}
