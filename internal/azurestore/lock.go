package azurestore

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// lockPartition is apart from the shards, which are single digits.
const lockPartition = "lock"

// Acquire takes the named lock for ttl. ok is false while another process holds
// it. release gives it back; durable.ErrConflict if it had expired and was
// taken over meanwhile, in which case the other's lock stays.
//
// Expiry is judged by the clock of the process that wants the lock, so ttl should be far
// above the difference of the machines' clocks and the time of the work.
func (s *Store) Acquire(ctx context.Context, name string, ttl time.Duration) (ok bool, release func(context.Context) error, err error) {
	etag, ok, err := s.acquire(ctx, name, ttl)
	if err != nil {
		return false, nil, fmt.Errorf("acquire lock %s: %w", name, err)
	}
	if !ok {
		return false, nil, nil
	}
	return true, func(ctx context.Context) error {
		_, err := s.table.DeleteEntity(ctx, lockPartition, escape(name), &aztables.DeleteEntityOptions{IfMatch: &etag})
		err = clean(err)
		if stale(err) {
			err = durable.ErrConflict
		}
		if err != nil && !missing(err) { // missing: released already, or the answer to the release was lost
			return fmt.Errorf("release lock %s: %w", name, err)
		}
		return nil
	}, nil
}

func (s *Store) acquire(ctx context.Context, name string, ttl time.Duration) (etag azcore.ETag, ok bool, err error) {
	holder := newCommit()
	r := newRow(lockPartition, escape(name))
	r.columns[holderColumn] = holder
	r.columns["ExpiresAt"] = s.now().Add(ttl).UTC().Format(time.RFC3339Nano)
	entity, err := r.encode("lock " + name)
	if err != nil {
		return "", false, err
	}
	err = s.withTable(ctx, func() error {
		added, err := s.table.AddEntity(ctx, entity, nil)
		etag = added.ETag
		return clean(err)
	})
	if err == nil || !exists(err) {
		return etag, err == nil, err
	}

	held, err := s.lookAgain(ctx, lockPartition, escape(name), holder)
	switch {
	case err != nil || held.gone: // gone: released this moment, the next try gets it
		return "", false, err
	case held.own:
		return held.etag, true, nil
	}
	expires, err := time.Parse(time.RFC3339Nano, textOf(held.row, "ExpiresAt"))
	if err != nil { // how long it holds is not known: it is taken over
		_ = s.met(ctx, damaged(durable.RowLock, name, held.row, err))
	}
	if s.now().Before(expires) {
		return "", false, nil
	}
	return s.takeOver(ctx, entity, name, held.etag, holder)
}

// takeOver replaces an expired lock, unless another process did so first.
func (s *Store) takeOver(ctx context.Context, entity []byte, name string, expired azcore.ETag, holder string) (etag azcore.ETag, ok bool, err error) {
	taken, err := s.table.UpdateEntity(ctx, entity, &aztables.UpdateEntityOptions{IfMatch: to.Ptr(expired), UpdateMode: aztables.UpdateModeReplace})
	err = clean(err)
	if err == nil {
		return taken.ETag, true, nil
	}
	if !stale(err) && !missing(err) {
		return "", false, err
	}
	held, err := s.lookAgain(ctx, lockPartition, escape(name), holder)
	return held.etag, held.own, err
}
