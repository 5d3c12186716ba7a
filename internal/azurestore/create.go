package azurestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// createTries bounds how often Create starts over when the claim that stopped
// it was given back before it could see whose it was.
const createTries = 3

// Create implements durable.Store: one request, and one more if the claim is
// held. Mail that is left from an earlier holder under the same id is replaced.
func (s *Store) Create(ctx context.Context, inst *durable.Instance, started durable.Event, mail ...durable.Item) error {
	if !validID(inst.ID) || shardOfID(inst.ID) != durable.ShardOf(inst.Claim) {
		return fmt.Errorf("create instance %s: the id was not made for its claim", inst.ID)
	}
	if len(mail) > durable.MaxItems {
		return fmt.Errorf("create instance %s: %w", inst.ID, &TooLargeError{What: "its mail", Size: len(mail), Limit: durable.MaxItems})
	}
	commit := newCommit()
	t, err := creation(inst, started, mail, commit)
	if err != nil {
		return fmt.Errorf("create instance %s: %w", inst.ID, err)
	}
	for range createTries {
		etags, err := s.submit(ctx, t)
		if err == nil {
			inst.ETag = versionOf(inst, etags[1]).String()
			return nil
		}
		if !exists(err) {
			return fmt.Errorf("create instance %s: %w", inst.ID, err)
		}
		again, err := s.whyNotCreated(ctx, inst, commit)
		if err == nil && !again {
			return nil
		}
		var claimed *durable.ClaimedError
		if errors.As(err, &claimed) {
			return claimed
		}
		if err != nil {
			return fmt.Errorf("create instance %s: %w", inst.ID, err)
		}
	}
	return fmt.Errorf("create instance %s: the claim changes hands too often: %w", inst.ID, durable.ErrConflict)
}

// creation is the transaction of Create. The claim comes first, so that the
// usual refusal is about it.
func creation(inst *durable.Instance, started durable.Event, mail []durable.Item, commit string) (*transaction, error) {
	t := &transaction{}
	claim := newRow(shardOfID(inst.ID), claimKey(inst.Claim))
	claim.columns["InstanceId"], claim.columns["Claim"] = inst.ID, readable(inst.Claim)
	t.put(aztables.TransactionTypeAdd, claim, nil, "claim")
	r, err := instanceRow(inst, commit)
	if err != nil {
		return nil, err
	}
	t.put(aztables.TransactionTypeAdd, r, nil, "instance "+inst.ID)
	errs := []error{t.history(inst.ID, started, commit), t.indexes(inst, version{})}
	for _, item := range lastOfEach(mail, nil) {
		errs = append(errs, t.mail(aztables.TransactionTypeInsertReplace, inst.Claim, item, commit))
	}
	return t, errors.Join(errs...)
}

// whyNotCreated finds out what a refused creation met: another holder
// (*durable.ClaimedError), itself (no error, and the ETag is set: the answer to
// its first request was lost), or nothing any more (again).
func (s *Store) whyNotCreated(ctx context.Context, inst *durable.Instance, commit string) (again bool, err error) {
	claim, err := s.get(ctx, durable.ShardOf(inst.Claim), claimKey(inst.Claim))
	if err != nil && !missing(err) {
		return false, fmt.Errorf("read claim: %w", err)
	}
	holder := textOf(claim, "InstanceId")
	if err == nil && !validID(holder) {
		_ = s.met(ctx, damaged(durable.RowClaim, inst.Claim, claim, errors.New("it does not say who holds it")))
		if holder, err = s.holderOf(ctx, inst.Claim); err == nil && holder == "" {
			t := &transaction{}
			t.delete(claim.PartitionKey, claim.RowKey, azcore.ETag(claim.ETag))
			return true, s.remove(ctx, t)
		}
	}
	if err == nil && holder != inst.ID {
		return false, &durable.ClaimedError{Instance: holder}
	}
	stored, err := s.lookAgain(ctx, shardOfID(inst.ID), instanceKey(inst.ID), commit)
	switch {
	case err != nil:
		return false, err
	case stored.gone:
		return true, nil
	case stored.own:
		inst.ETag = versionOf(inst, stored.etag).String()
		return false, nil
	case holder == inst.ID:
		return false, &durable.ClaimedError{Instance: holder}
	}
	return false, durable.ErrConflict
}

// lastOfEach drops items that a later one of the same id replaces, and those
// that are dropped anyway: a transaction may name a row only once.
func lastOfEach(items []durable.Item, dropped []string) []durable.Item {
	seen := map[string]bool{}
	for _, id := range dropped {
		seen[id] = true
	}
	var kept []durable.Item
	for i := len(items) - 1; i >= 0; i-- {
		if !seen[items[i].ID] {
			seen[items[i].ID] = true
			kept = append(kept, items[i])
		}
	}
	return kept
}
