package azurestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
	"certgate/internal/inventory"
)

var _ inventory.Rows = (*Store)(nil)

// listenerPartition holds the rows of what is on the gateway: some hundreds, which are
// read and written together.
const listenerPartition = "listeners"

func listenerKey(key string) string { return "g|" + escape(key) }

// ListRows implements inventory.Rows: one request. A row that cannot be read is left out;
// the next walk writes it anew.
func (s *Store) ListRows(ctx context.Context) (list []*inventory.Stored, err error) {
	rows, err := s.query(ctx, span{partition: listenerPartition, from: "g|", to: after("g")})
	if err != nil {
		return nil, fmt.Errorf("list listeners: %w", err)
	}
	for _, e := range rows {
		if row, err := decodeListener(e); s.met(ctx, err) == nil {
			list = append(list, row)
		}
	}
	return list, nil
}

// Row implements inventory.Rows: one request.
func (s *Store) Row(ctx context.Context, kind inventory.Kind, collection, name string) (*inventory.Stored, error) {
	e, err := s.get(ctx, listenerPartition, listenerKey(inventory.Key(kind, collection, name)))
	if missing(err) {
		err = durable.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read listener %s: %w", name, err)
	}
	row, err := decodeListener(e)
	return row, s.met(ctx, err)
}

// SaveRows implements inventory.Rows: one request for each hundred to
// put, and for each hundred to remove. The walk is the only
// writer, and it writes what it has just seen: the last one wins.
func (s *Store) SaveRows(ctx context.Context, put, remove []*inventory.Stored) error {
	for batch := range slices.Chunk(put, mostOperations) {
		t := &transaction{}
		for _, row := range batch {
			listed, err := listenerRow(row)
			if err != nil {
				return err
			}
			t.put(aztables.TransactionTypeInsertReplace, listed, nil, "listener "+row.Name)
		}
		if _, err := s.submit(ctx, t); err != nil {
			return fmt.Errorf("save listeners: %w", err)
		}
	}
	for batch := range slices.Chunk(remove, mostOperations) {
		t := &transaction{}
		for _, row := range batch {
			t.delete(listenerPartition, listenerKey(row.Key()), azcore.ETagAny)
		}
		if err := s.remove(ctx, t); err != nil {
			return fmt.Errorf("remove listeners: %w", err)
		}
	}
	return nil
}

func listenerRow(r *inventory.Stored) (row, error) {
	kept := newRow(listenerPartition, listenerKey(r.Key()))
	data, err := json.Marshal(r)
	if err != nil {
		return kept, fmt.Errorf("encode listener %s: %w", r.Name, err)
	}
	kept.document("Data", data)
	kept.columns["Name"], kept.columns["Hostnames"] = readable(r.Name), readable(strings.Join(r.Hostnames, ", "))
	kept.columns["State"] = string(r.State)
	if r.Certificate != nil {
		kept.columns["NotAfter"] = r.Certificate.NotAfter.UTC().Format(time.RFC3339)
	}
	return kept, nil
}

func decodeListener(e aztables.EDMEntity) (*inventory.Stored, error) {
	var r inventory.Stored
	err := readData(e, &r)
	if err == nil {
		err = r.Check()
	}
	if err == nil && listenerKey(r.Key()) != e.RowKey {
		err = errors.New("it has another name than its row")
	}
	if err != nil {
		return nil, damaged(durable.RowListener, strings.TrimPrefix(e.RowKey, "g|"), e, err)
	}
	return &r, nil
}
