// Package inventorytest keeps rows in memory, for tests, and holds every store of them to
// one contract.
package inventorytest

import (
	"context"
	"encoding/json"
	"sync"

	"certgate/internal/durable"
	"certgate/internal/inventory"
)

// Rows implements inventory.Rows. Its zero value is empty.
type Rows struct {
	mu    sync.Mutex
	rows  map[string][]byte
	Reads int
	Saves int
	// Fail, if set, refuses the next save once.
	Fail error
}

// ListRows implements inventory.Rows.
func (r *Rows) ListRows(context.Context) (list []*inventory.Stored, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Reads++
	for _, raw := range r.rows {
		list = append(list, decode(raw))
	}
	return list, nil
}

// Row implements inventory.Rows.
func (r *Rows) Row(_ context.Context, kind inventory.Kind, collection, name string) (*inventory.Stored, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Reads++
	raw, ok := r.rows[inventory.Key(kind, collection, name)]
	if !ok {
		return nil, durable.ErrNotFound
	}
	return decode(raw), nil
}

// SaveRows implements inventory.Rows.
func (r *Rows) SaveRows(_ context.Context, put, remove []*inventory.Stored) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.Fail; err != nil {
		r.Fail = nil
		return err
	}
	if r.rows == nil {
		r.rows = map[string][]byte{}
	}
	for _, row := range remove {
		delete(r.rows, row.Key())
	}
	for _, row := range put {
		raw, err := json.Marshal(row)
		if err != nil {
			return err
		}
		r.rows[row.Key()] = raw
	}
	if len(put)+len(remove) > 0 {
		r.Saves++
	}
	return nil
}

func decode(raw []byte) *inventory.Stored {
	row := &inventory.Stored{}
	if err := json.Unmarshal(raw, row); err != nil {
		panic("inventorytest: " + err.Error())
	}
	return row
}
