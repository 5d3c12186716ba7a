package bench

import (
	"context"
	"encoding/json"
	"fmt"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
)

// stateFor is a state of such a size that the transactions of a row's turns have
// the given mean size.
func stateFor(batchBytes float64) (json.RawMessage, error) {
	book := &rowBook{}
	c := azurestore.Config{ConnectionString: nowhere}
	c.ClientOptions.Transport = book
	store, err := azurestore.New(c)
	if err != nil {
		return nil, err
	}
	l := &load{store: store, state: filler(0)}
	var row *durable.Instance
	for turn := range loadHistory {
		if row, err = l.write(context.Background(), row, 0, turn); err != nil {
			return nil, fmt.Errorf("size of a turn: %w", err)
		}
	}
	missing := batchBytes - float64(book.bytes)/loadHistory
	return filler(int(missing * 3 / 4)), nil // documents are stored in base64
}

// nowhere is an account that is not asked for: the book stands in for it.
const nowhere = "DefaultEndpointsProtocol=http;AccountName=nowhere;AccountKey=bm93aGVyZQ==;TableEndpoint=http://127.0.0.1/nowhere;"
