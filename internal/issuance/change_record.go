package issuance

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
)

// recordRaces bounds how often a change of a record meets another one.
const recordRaces = 4

// changeRecord applies edit to the named record, again if somebody was faster.
// edit reports whether there is anything to store; a record that is gone needs no
// change. Two requests in the usual case.
func changeRecord(ctx context.Context, records Records, name string, edit func(*Record) bool) error {
	var err error
	for range recordRaces {
		var r *Record
		if r, err = records.Record(ctx, name); errors.Is(err, ErrGone) {
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
