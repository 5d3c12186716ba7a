package azurestore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// Commit implements durable.Store: one request, and one more after a conflict.
// ID, Claim, CreatedAt and Hidden of an instance never change.
func (s *Store) Commit(ctx context.Context, inst *durable.Instance, change durable.Change) error {
	if err := s.commit(ctx, inst, change); err != nil {
		return fmt.Errorf("commit instance %s: %w", inst.ID, err)
	}
	return nil
}

func (s *Store) commit(ctx context.Context, inst *durable.Instance, change durable.Change) error {
	if n := len(change.Answered) + len(change.Dropped); n > durable.MaxItems {
		return &TooLargeError{What: "its mail", Size: n, Limit: durable.MaxItems}
	}
	was, err := parseVersion(inst)
	if err != nil {
		return err
	}
	if was.ended() && !inst.Status.Ended() {
		return durable.ErrEnded
	}
	change.Dropped = slices.Compact(slices.Sorted(slices.Values(change.Dropped)))
	commit := newCommit()
	t, err := turn(inst, was, change, commit)
	if err != nil {
		return err
	}
	// A second try is only for rows that were to be deleted and are gone already.
	for range 2 {
		etags, refused := s.submit(ctx, t)
		if refused == nil {
			inst.ETag = versionOf(inst, etags[0]).String()
			return nil
		}
		if !stale(refused) && !missing(refused) {
			return refused
		}
		stored, err := s.lookAgain(ctx, shardOfID(inst.ID), instanceKey(inst.ID), commit)
		switch {
		case err != nil:
			return err
		case stored.own:
			inst.ETag = versionOf(inst, stored.etag).String()
			return nil
		case stored.gone, stale(refused): // purged; or the row, or the claim if there was a mark
			return durable.ErrConflict
		}
		if t, err = s.withoutLost(ctx, t, inst); err != nil {
			return err
		}
	}
	return errors.New("rows vanish while they are being written")
}

// turn is the transaction of Commit. The row comes first, so that the usual
// refusal is about its version.
func turn(inst *durable.Instance, was version, change durable.Change, commit string) (*transaction, error) {
	t := &transaction{}
	shard, ended := shardOfID(inst.ID), inst.Status.Ended()
	r, err := instanceRow(inst, commit)
	if err != nil {
		return nil, err
	}
	t.put(aztables.TransactionTypeUpdateReplace, r, &was.etag, "instance "+inst.ID)
	if ended && !was.ended() {
		mark := azcore.ETagAny
		if change.Mark != "" {
			mark = azcore.ETag(change.Mark)
		}
		t.delete(shard, claimKey(inst.Claim), mark)
	}
	errs := []error{t.history(inst.ID, change.Event, commit), t.indexes(inst, was)}
	for _, item := range lastOfEach(change.Answered, change.Dropped) {
		errs = append(errs, t.mail(aztables.TransactionTypeInsertReplace, inst.Claim, item, commit))
	}
	for _, id := range change.Dropped {
		t.delete(shard, itemKey(inst.Claim, id), azcore.ETagAny)
	}
	return t, errors.Join(errs...)
}

// withoutLost leaves out what is gone, and what is not the instance's any more if it was
// released and its row can be read again: the claim, which another may hold by now, and
// the due row. Without that one each later turn that moves it, and the end, come here
// too. It costs a request more than withoutGone.
func (s *Store) withoutLost(ctx context.Context, t *transaction, inst *durable.Instance) (*transaction, error) {
	t, err := s.withoutGone(ctx, t)
	if err != nil {
		return nil, err
	}
	claim, err := s.get(ctx, shardOfID(inst.ID), claimKey(inst.Claim))
	if err != nil && !missing(err) {
		return nil, fmt.Errorf("read claim: %w", err)
	}
	if textOf(claim, "InstanceId") == inst.ID {
		return t, nil
	}
	kept := &transaction{size: t.size}
	for _, action := range t.actions {
		e, err := decode(action.Entity)
		if err != nil {
			return nil, err
		}
		if e.RowKey != claimKey(inst.Claim) && !strings.HasPrefix(e.RowKey, "d|") {
			kept.actions = append(kept.actions, action)
		}
	}
	return kept, nil
}
