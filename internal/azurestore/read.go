package azurestore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"golang.org/x/sync/errgroup"

	"certgate/internal/durable"
)

// Load implements durable.Store: one request.
func (s *Store) Load(ctx context.Context, id string) (*durable.Instance, error) {
	if !validID(id) {
		return nil, fmt.Errorf("load instance: %w", durable.ErrNotFound)
	}
	e, err := s.get(ctx, shardOfID(id), instanceKey(id))
	if missing(err) {
		err = durable.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("load instance %s: %w", id, err)
	}
	inst, err := decodeInstance(e)
	return inst, s.met(ctx, err)
}

// History implements durable.Store: one request for each thousand rows.
func (s *Store) History(ctx context.Context, id string) ([]durable.Event, error) {
	if !validID(id) {
		return nil, nil
	}
	rows, err := s.query(ctx, span{partition: shardOfID(id), from: "h|" + id, to: after("h|" + id)})
	if err != nil {
		return nil, fmt.Errorf("read history of instance %s: %w", id, err)
	}
	var events []durable.Event
	for _, e := range rows {
		event, err := decodeEvent(e)
		_ = s.met(ctx, err) // the event says so too
		events = append(events, event)
	}
	return events, nil
}

// Due implements durable.Store: one request for each shard, which reads the
// front of its index and no more.
func (s *Store) Due(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return s.front(ctx, "d", before, limit)
}

var errKey = errors.New("its key is malformed")

// front lists the instances of an index by time, up to a time. The shards are
// merged before the limit is applied, so that a busy one does not starve the
// others.
func (s *Store) front(ctx context.Context, index string, before time.Time, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	keys, err := s.inShards(ctx, shards(), func(shard string) span {
		return span{partition: shard, from: index + "|", to: index + "|" + sortable(before), columns: "PartitionKey,RowKey", limit: limit}
	})
	if err != nil {
		return nil, fmt.Errorf("read index %s of instances: %w", index, err)
	}
	var ids []string
	for _, e := range keys {
		if id := lastPart(e.RowKey); !validID(id) {
			_ = s.met(ctx, damaged(durable.RowIndex, "", e, errKey))
		} else if len(ids) < limit {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// inShards runs a query in each of the shards at the same time and merges the
// rows in key order.
func (s *Store) inShards(ctx context.Context, all []string, of func(shard string) span) ([]aztables.EDMEntity, error) {
	found := make([][]aztables.EDMEntity, len(all))
	group, ctx := errgroup.WithContext(ctx)
	for i, shard := range all {
		group.Go(func() (err error) {
			found[i], err = s.query(ctx, of(shard))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	merged := slices.Concat(found...)
	slices.SortStableFunc(merged, func(a, b aztables.EDMEntity) int { return strings.Compare(a.RowKey, b.RowKey) })
	return merged, nil
}
