package issuancetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"certgate/internal/issuance/managed"
)

// CountedRecords counts the requests that a store of records would get.
type CountedRecords struct {
	managed.Records
	// Broken, if set, may refuse any call about a name ("" for lists).
	Broken func(name string) error
	// Lost, if set, says which saves are done and their answers lost.
	Lost func(r *managed.Record) bool
	n    atomic.Int64
}

// Count is the number of requests so far.
func (c *CountedRecords) Count() int { return int(c.n.Load()) }

func (c *CountedRecords) called(name string) error {
	c.n.Add(1)
	if c.Broken == nil {
		return nil
	}
	return c.Broken(name)
}

// Record implements managed.Records.
func (c *CountedRecords) Record(ctx context.Context, name string) (*managed.Record, error) {
	if err := c.called(name); err != nil {
		return nil, err
	}
	return c.Records.Record(ctx, name)
}

// SaveRecord implements managed.Records.
func (c *CountedRecords) SaveRecord(ctx context.Context, r *managed.Record) error {
	if err := c.called(r.Name); err != nil {
		return err
	}
	err := c.Records.SaveRecord(ctx, r)
	if err == nil && c.Lost != nil && c.Lost(r) {
		return errors.New("the connection broke")
	}
	return err
}

// DueRecords implements managed.Records.
func (c *CountedRecords) DueRecords(ctx context.Context, before time.Time, limit int) ([]string, error) {
	if err := c.called(""); err != nil {
		return nil, err
	}
	return c.Records.DueRecords(ctx, before, limit)
}

// ListRecords implements managed.Records.
func (c *CountedRecords) ListRecords(ctx context.Context, f managed.Filter) ([]*managed.Record, string, error) {
	if err := c.called(""); err != nil {
		return nil, "", err
	}
	return c.Records.ListRecords(ctx, f)
}

// DeleteRecord implements managed.Records.
func (c *CountedRecords) DeleteRecord(ctx context.Context, name string) error {
	if err := c.called(name); err != nil {
		return err
	}
	return c.Records.DeleteRecord(ctx, name)
}
