package azurestore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
)

// traces are the rows that lead to an instance, found by their keys alone.
type traces struct {
	claims []aztables.EDMEntity // that it holds
	due    []aztables.EDMEntity
	ended  []aztables.EDMEntity
	listed []aztables.EDMEntity
}

func (t traces) all() []aztables.EDMEntity {
	return append(append(append(t.claims, t.due...), t.ended...), t.listed...)
}

// tracesOf reads the keys of a whole shard: for what must work though nothing else is
// known of an instance.
func (s *Store) tracesOf(ctx context.Context, id string) (found traces, err error) {
	for _, r := range []span{{from: "c|", to: after("e"), columns: "PartitionKey,RowKey,InstanceId"}, {from: "l|", to: after("l"), columns: "PartitionKey,RowKey"}} {
		r.partition = shardOfID(id)
		rows, err := s.query(ctx, r)
		if err != nil {
			return found, err
		}
		for _, e := range rows {
			ours := lastPart(e.RowKey) == id
			switch e.RowKey[0] {
			case 'c':
				if textOf(e, "InstanceId") == id {
					found.claims = append(found.claims, e)
				}
			case 'd':
				if ours {
					found.due = append(found.due, e)
				}
			case 'e':
				if ours {
					found.ended = append(found.ended, e)
				}
			case 'l':
				if ours {
					found.listed = append(found.listed, e)
				}
			}
		}
	}
	return found, nil
}

// Release implements durable.Store: by keys alone. The row in lists becomes one that
// cannot be read either, so that lists do not go on with what it was before.
func (s *Store) Release(ctx context.Context, id string, now time.Time) error {
	if !validID(id) {
		return fmt.Errorf("release instance: %w", durable.ErrNotFound)
	}
	if err := s.release(ctx, id, now); err != nil {
		return fmt.Errorf("release instance %s: %w", id, err)
	}
	return nil
}

func (s *Store) release(ctx context.Context, id string, now time.Time) error {
	found, err := s.tracesOf(ctx, id)
	if err != nil {
		return err
	}
	inst, err := s.Load(ctx, id) // after its traces: what is made meanwhile is not among them
	stored := durable.Unreadable(err)
	if err == nil {
		if !inst.Status.Ended() {
			return durable.ErrConflict
		}
		found = traces{claims: found.claims, ended: found.ended}
	} else if !stored && !errors.Is(err, durable.ErrNotFound) {
		return err
	}
	if !stored && len(found.claims)+len(found.due) == 0 {
		return durable.ErrNotFound
	}
	t := &transaction{}
	for _, claim := range found.claims {
		t.delete(claim.PartitionKey, claim.RowKey, azcore.ETag(claim.ETag))
	}
	t.deleteAll(found.due)
	if len(found.ended) == 0 {
		t.put(aztables.TransactionTypeInsertReplace, newRow(shardOfID(id), endedKey(now, id)), nil, "index row")
	}
	for _, e := range found.listed {
		listed := newRow(e.PartitionKey, e.RowKey)
		listed.columns["Status"] = "Unknown"
		t.put(aztables.TransactionTypeInsertReplace, listed, nil, "list row of instance "+id)
	}
	if len(t.actions) == 0 {
		return nil
	}
	return s.remove(ctx, t)
}

// purgeByKeys removes whatever there is of an instance whose row cannot be read, or is
// gone.
func (s *Store) purgeByKeys(ctx context.Context, id string) error {
	found, err := s.tracesOf(ctx, id)
	if err != nil {
		return err
	}
	history, err := s.query(ctx, span{partition: shardOfID(id), from: "h|" + id, to: after("h|" + id), columns: "PartitionKey,RowKey"})
	if err != nil {
		return err
	}
	rows := append(history, found.all()...)
	e, err := s.get(ctx, shardOfID(id), instanceKey(id))
	switch {
	case err == nil:
		rows = append(rows, e)
	case !missing(err):
		return err
	case len(rows) == 0:
		return durable.ErrNotFound
	}
	for len(rows) > 0 {
		n := min(len(rows), purgeBatch)
		t := &transaction{}
		t.deleteAll(rows[:n])
		rows = rows[n:]
		if err := s.remove(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// holderOf is who holds a claim whose row does not say it: the active instance that
// has it; "" if there is none.
func (s *Store) holderOf(ctx context.Context, claim string) (string, error) {
	active := durable.Filter{Claim: claim, Statuses: []durable.RuntimeStatus{durable.Pending, durable.Running}, Top: 1}
	page, _, err := s.List(ctx, active)
	if err != nil || len(page) == 0 {
		return "", err
	}
	return page[0].ID, nil
}

// unescape is what escape has made a key part of; ok is false if it is none of its, or
// a hash.
func unescape(part string) (text string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(part); i++ {
		if part[i] != '=' {
			b.WriteByte(part[i])
			continue
		}
		var c byte
		if _, err := fmt.Sscanf(part[i:min(i+3, len(part))], "=%02X", &c); err != nil {
			return "", false
		}
		b.WriteByte(c)
		i += 2
	}
	text = b.String()
	return text, escape(text) == part
}
