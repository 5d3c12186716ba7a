package azurestore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

var _ managed.Records = (*Store)(nil)

// Record implements managed.Records: one request.
func (s *Store) Record(ctx context.Context, name string) (*managed.Record, error) {
	e, err := s.get(ctx, recordPartition, recordKey(name))
	if missing(err) {
		err = durable.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read record %s: %w", name, err)
	}
	r, err := decodeRecord(e)
	return r, s.met(ctx, err)
}

// SaveRecord implements managed.Records: one request, and one more after a
// conflict.
func (s *Store) SaveRecord(ctx context.Context, r *managed.Record) error {
	if err := s.saveRecord(ctx, r); err != nil {
		return fmt.Errorf("save record %s: %w", r.Name, err)
	}
	return nil
}

func (s *Store) saveRecord(ctx context.Context, r *managed.Record) error {
	commit := newCommit()
	t, err := recordTransaction(r, commit)
	if err != nil {
		return err
	}
	// A second try is for index rows that were to be deleted and are gone, or for a new
	// record in the place of one that cannot be read.
	for range 2 {
		etags, refused := s.submit(ctx, t)
		if refused == nil {
			r.ETag = recordVersionOf(r, etags[0]).String()
			return nil
		}
		if !exists(refused) && !stale(refused) && !missing(refused) {
			return refused
		}
		stored, err := s.lookAgain(ctx, recordPartition, recordKey(r.Name), commit)
		switch {
		case err != nil:
			return err
		case stored.own:
			r.ETag = recordVersionOf(r, stored.etag).String()
			return nil
		case exists(refused) && s.isUnreadable(ctx, stored.row):
			if err := s.deleteByKeys(ctx, r.Name); err != nil {
				return err
			}
			continue
		case stored.gone, !missing(refused): // deleted, or written by another
			return durable.ErrConflict
		}
		if t, err = s.withoutGone(ctx, t); err != nil {
			return err
		}
	}
	return errors.New("index rows vanish while they are being written")
}

// recordTransaction puts the record first, so that the usual refusal is about
// its version.
func recordTransaction(r *managed.Record, commit string) (*transaction, error) {
	t, now := &transaction{}, recordVersionOf(r, "")
	kept, err := recordRow(r, recordKey(r.Name))
	if err != nil {
		return nil, err
	}
	kept.columns[markColumn] = commit
	if r.ETag == "" {
		t.put(aztables.TransactionTypeAdd, kept, nil, "record "+r.Name)
	} else {
		was, ok := parseRecordVersion(r.ETag)
		if !ok {
			return nil, durable.ErrConflict
		}
		t.put(aztables.TransactionTypeUpdateReplace, kept, &was.etag, "record "+r.Name)
		if was.due != "" && was.due != now.due {
			t.delete(recordPartition, was.due, azcore.ETagAny)
		}
		if was.expiry != now.expiry {
			t.delete(recordPartition, was.expiry, azcore.ETagAny)
		}
	}
	if now.due != "" {
		due := newRow(recordPartition, now.due)
		due.columns["Name"] = r.Name
		t.put(aztables.TransactionTypeInsertReplace, due, nil, "due row of record "+r.Name)
	}
	listed, err := recordRow(r, now.expiry)
	t.put(aztables.TransactionTypeInsertReplace, listed, nil, "expiry row of record "+r.Name)
	return t, err
}

func (s *Store) isUnreadable(ctx context.Context, e aztables.EDMEntity) bool {
	_, err := decodeRecord(e)
	return s.met(ctx, err) != nil
}

// deleteByKeys removes a record that cannot be read. Its index rows are found by the
// name in their keys, among all of them.
func (s *Store) deleteByKeys(ctx context.Context, name string) error {
	t := &transaction{}
	t.delete(recordPartition, recordKey(name), azcore.ETagAny)
	rows, err := s.query(ctx, span{partition: recordPartition, from: "d|", to: after("e"), columns: "PartitionKey,RowKey"})
	if err != nil {
		return err
	}
	for _, e := range rows {
		if lastPart(e.RowKey) == escape(strings.ToLower(name)) {
			t.delete(recordPartition, e.RowKey, azcore.ETagAny)
		}
	}
	return s.remove(ctx, t)
}

// deleteTries bounds how often a deletion meets a record that changes.
const deleteTries = 3

// DeleteRecord implements managed.Records: two requests.
func (s *Store) DeleteRecord(ctx context.Context, name string) error {
	err := durable.ErrConflict
	for range deleteTries {
		if err = s.deleteRecord(ctx, name); !stale(err) {
			break
		}
	}
	if err != nil && !missing(err) {
		return fmt.Errorf("delete record %s: %w", name, err)
	}
	return nil
}

func (s *Store) deleteRecord(ctx context.Context, name string) error {
	e, err := s.get(ctx, recordPartition, recordKey(name))
	if err != nil {
		return err
	}
	r, err := decodeRecord(e)
	if err != nil {
		return s.deleteByKeys(ctx, name)
	}
	was, t := recordVersionOf(r, azcore.ETag(e.ETag)), &transaction{}
	t.delete(recordPartition, recordKey(name), was.etag)
	t.delete(recordPartition, was.expiry, azcore.ETagAny)
	if was.due != "" {
		t.delete(recordPartition, was.due, azcore.ETagAny)
	}
	_, err = s.submit(ctx, t)
	if !missing(err) {
		return err
	}
	// Somebody removed the record or one of its index rows by hand.
	if t, err = s.withoutGone(ctx, t); err != nil || len(t.actions) == 0 {
		return err
	}
	_, err = s.submit(ctx, t)
	return err
}
