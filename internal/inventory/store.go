package inventory

import "context"

// Rows keeps the rows. A gateway's limits bound their number to some hundreds.
type Rows interface {
	// ListRows reads all of them: one request.
	ListRows(ctx context.Context) ([]*Stored, error)
	// Row reads one; durable.ErrNotFound if there is none. One request.
	Row(ctx context.Context, kind Kind, collection, name string) (*Stored, error)
	// SaveRows puts rows in place of what is there, and removes others: one request for
	// each hundred. One that is to be removed and is gone is fine.
	SaveRows(ctx context.Context, put, remove []*Stored) error
}
