package azurestore

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// tellAgain is how often a row that cannot be read is told of, and toldAtMost how many
// of them are remembered for that.
const (
	tellAgain  = time.Hour
	toldAtMost = 10_000
)

// told remembers which rows have been told of.
type told struct {
	mu   sync.Mutex
	hear func(context.Context, *durable.UnreadableError)
	at   map[string]time.Time
}

// OnUnreadable makes hear know of rows that cannot be read, of each once an hour. Not
// safe once the store is in use.
func (s *Store) OnUnreadable(hear func(context.Context, *durable.UnreadableError)) {
	s.told.hear = hear
}

// met tells of err if it is about a row that cannot be read, and returns it.
func (s *Store) met(ctx context.Context, err error) error {
	var row *durable.UnreadableError
	if !errors.As(err, &row) || s.told.hear == nil {
		return err
	}
	now := s.now()
	s.told.mu.Lock()
	last, known := s.told.at[row.Row]
	news := !known || now.Sub(last) >= tellAgain
	if news {
		if s.told.at == nil || len(s.told.at) >= toldAtMost {
			s.told.at = map[string]time.Time{}
		}
		s.told.at[row.Row] = now
	}
	s.told.mu.Unlock()
	if news {
		s.told.hear(ctx, row)
	}
	return err
}

// damaged is the error about a row. Its id, if the caller knows none, is the key.
func damaged(kind, id string, e aztables.EDMEntity, err error) *durable.UnreadableError {
	if id == "" {
		id = e.RowKey
	}
	return &durable.UnreadableError{Kind: kind, ID: id, Row: e.PartitionKey + "/" + e.RowKey, Err: err}
}

// schemaColumn is in no row of this release. A later one that stores rows in a way
// that this one would misread says so in it.
const schemaColumn = "Schema"

var errNewer = errors.New("a newer release has written it")

// lastPart is the part of a key behind its last "|".
func lastPart(key string) string { return key[strings.LastIndexByte(key, '|')+1:] }
