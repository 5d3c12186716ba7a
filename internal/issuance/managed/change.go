package managed

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
)

// recordRaces bounds how often a change of a record meets another one.
const recordRaces = 4

// Change applies edit to the named record, again if another change was faster.
// edit reports whether there is anything to store; a record that is gone, or cannot be
// read and will be made anew, needs no change. Two requests in the usual case.
func Change(ctx context.Context, records Records, name string, edit func(*Record) bool) error {
	var err error
	for range recordRaces {
		var r *Record
		if r, err = records.Record(ctx, name); errors.Is(err, durable.ErrNotFound) || durable.Unreadable(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the record of certificate %s: %w", name, err)
		}
		if !edit(r) {
			return nil
		}
		if err = records.SaveRecord(ctx, r); !errors.Is(err, durable.ErrConflict) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("store the record of certificate %s: %w", name, err)
	}
	return nil
}

// Replace stores fresh in place of what is known, back-off included; what the watchdog
// has told people stays, so that it can tell them that it is over, and so does what its
// listeners had before. One request if
// fresh is the first record of its name (isNew), two if not. A second run of the same
// instance finds its own record.
func Replace(ctx context.Context, records Records, fresh *Record, isNew bool) error {
	err := durable.ErrConflict
	if isNew { // most likely there is none
		err = records.SaveRecord(ctx, fresh)
	}
	for races := 0; races < recordRaces && errors.Is(err, durable.ErrConflict); races++ {
		var old *Record
		if old, err = records.Record(ctx, fresh.Name); err != nil && !errors.Is(err, durable.ErrNotFound) && !durable.Unreadable(err) {
			break
		}
		fresh.ETag, fresh.Alarm, fresh.Undelivered = "", "", nil
		if err == nil {
			if old.Version == fresh.Version && old.LastInstance == fresh.LastInstance && old.Served == fresh.Served {
				return nil
			}
			fresh.ETag, fresh.Alarm, fresh.Undelivered = old.ETag, old.Alarm, old.Undelivered
			fresh.keepWay(old)
		}
		err = records.SaveRecord(ctx, fresh)
	}
	if err != nil {
		return fmt.Errorf("remember certificate %s: %w", fresh.Name, err)
	}
	return nil
}
