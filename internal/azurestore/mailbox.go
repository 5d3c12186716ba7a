package azurestore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// Post implements durable.Mailbox: one request. The claim row is touched in the
// same transaction, so that a reader that ends on an older mark is refused.
func (s *Store) Post(ctx context.Context, claim string, item durable.Item) error {
	commit := newCommit()
	t := &transaction{}
	touched := newRow(durable.ShardOf(claim), claimKey(claim))
	touched.columns["LastPost"] = commit
	t.put(aztables.TransactionTypeUpdateMerge, touched, to.Ptr(azcore.ETagAny), "claim")
	err := t.mail(aztables.TransactionTypeAdd, claim, item, commit)
	if err == nil {
		_, err = s.submit(ctx, t)
	}
	switch {
	case missing(err):
		err = durable.ErrNoReader
	case exists(err):
		err = s.whyNotPosted(ctx, claim, item.ID, commit)
	}
	if err != nil {
		return fmt.Errorf("post item %s: %w", item.ID, err)
	}
	return nil
}

// whyNotPosted tells another sender's item from our own, whose answer was lost.
func (s *Store) whyNotPosted(ctx context.Context, claim, id, commit string) error {
	stored, err := s.lookAgain(ctx, durable.ShardOf(claim), itemKey(claim, id), commit)
	if err != nil || stored.own {
		return err
	}
	return durable.ErrItemExists
}

// Item implements durable.Mailbox: one request.
func (s *Store) Item(ctx context.Context, claim, id string) (durable.Item, error) {
	e, err := s.get(ctx, durable.ShardOf(claim), itemKey(claim, id))
	if missing(err) {
		err = durable.ErrNotFound
	}
	if err != nil {
		return durable.Item{}, fmt.Errorf("read item %s: %w", id, err)
	}
	item, err := decodeItem(e)
	return item, s.met(ctx, err)
}

// Inbox implements durable.Mailbox: one request for each thousand items. The
// claim row is the first of the range: mail that comes in between two pages
// makes the mark stale, and never the other way round.
func (s *Store) Inbox(ctx context.Context, claim string) (items []durable.Item, mark string, err error) {
	key := claimKey(claim)
	rows, err := s.query(ctx, span{partition: durable.ShardOf(claim), from: key, to: after(key)})
	if err != nil {
		return nil, "", fmt.Errorf("read inbox: %w", err)
	}
	for _, e := range rows {
		if e.RowKey == key {
			mark = e.ETag
			continue
		}
		item, err := decodeItem(e)
		if s.met(ctx, err) != nil {
			id, ok := unescape(lastPart(e.RowKey))
			if !ok {
				continue // no reader could drop it
			}
			item = durable.Item{ID: id, Damaged: true}
		}
		items = append(items, item)
	}
	slices.SortFunc(items, func(a, b durable.Item) int { return cmp.Compare(a.ID, b.ID) })
	return items, mark, nil
}
