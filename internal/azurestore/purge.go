package azurestore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// purgeBatch is how many history rows go in one transaction; the last one takes the
// instance and its index rows too.
const purgeBatch = mostOperations - 3

// Purge implements durable.Archive. History goes first and the instance last,
// so a purge that is cut short is finished by the next one. Mail stays: it
// belongs to the claim, whose other users may still want to read the answers.
func (s *Store) Purge(ctx context.Context, id string) error {
	inst, err := s.Load(ctx, id)
	if durable.Unreadable(err) || validID(id) && errors.Is(err, durable.ErrNotFound) {
		if err = s.purgeByKeys(ctx, id); err == nil {
			return nil
		}
	}
	if err == nil && !inst.Status.Ended() {
		err = durable.ErrActive
	}
	if err == nil {
		err = s.purge(ctx, inst)
	}
	if err != nil {
		return fmt.Errorf("purge instance %s: %w", id, err)
	}
	return nil
}

func (s *Store) purge(ctx context.Context, inst *durable.Instance) error {
	was, err := parseVersion(inst)
	if err != nil {
		return err
	}
	shard, prefix := shardOfID(inst.ID), "h|"+inst.ID
	history, err := s.query(ctx, span{partition: shard, from: prefix, to: after(prefix), columns: "PartitionKey,RowKey"})
	if err != nil {
		return err
	}
	for last := false; !last; {
		n := min(len(history), purgeBatch)
		last = n == len(history)
		t := &transaction{}
		if last {
			t.delete(shard, instanceKey(inst.ID), was.etag)
			t.delete(shard, endedKey(inst.UpdatedAt, inst.ID), azcore.ETagAny)
			if !inst.Hidden {
				t.delete(shard, listKey(inst.CreatedAt, inst.ID), azcore.ETagAny)
			}
		}
		t.deleteAll(history[:n])
		history = history[n:]
		if err := s.remove(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// remove submits a transaction of deletions. Rows that are gone already are
// fine: our own request may have removed them and its answer was lost.
func (s *Store) remove(ctx context.Context, t *transaction) error {
	_, err := s.submit(ctx, t)
	if missing(err) {
		if t, err = s.withoutGone(ctx, t); err == nil && len(t.actions) > 0 {
			_, err = s.submit(ctx, t)
		}
	}
	if stale(err) {
		return durable.ErrConflict // the ended instance was stored once more meanwhile
	}
	return err
}

// EndedBefore implements durable.Archive: one request for each shard, which reads
// the front of its index.
func (s *Store) EndedBefore(ctx context.Context, before time.Time, limit int) (ids []string, err error) {
	return s.front(ctx, "e", before, limit)
}

func (t *transaction) deleteAll(rows []aztables.EDMEntity) {
	for _, e := range rows {
		t.delete(e.PartitionKey, e.RowKey, azcore.ETagAny)
	}
}
