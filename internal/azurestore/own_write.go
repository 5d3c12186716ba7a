package azurestore

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// found is what a refused write finds in the place of its row.
type found struct {
	etag azcore.ETag
	row  aztables.EDMEntity
	gone bool // there is no such row
	own  bool // it is what the write wrote: only the answer to it was lost
}

// lookAgain reads the row that a refused write was about. The SDK repeats a
// request whose answer it did not get, and the repetition meets the row that the
// first one had written: only the writer's mark tells that from another's write.
func (s *Store) lookAgain(ctx context.Context, partition, key, mark string) (found, error) {
	stored, err := s.get(ctx, partition, key)
	if missing(err) {
		return found{gone: true}, nil
	}
	if err != nil {
		return found{}, err
	}
	own := textOf(stored, markColumn) == mark || textOf(stored, holderColumn) == mark
	return found{etag: azcore.ETag(stored.ETag), row: stored, own: own}, nil
}

// The columns that hold the mark of who wrote a row last: newCommit makes one for
// each write. A lock's mark is its holder.
const (
	markColumn   = "Commit"
	holderColumn = "Holder"
)
