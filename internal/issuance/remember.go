package issuance

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
)

// remember stores the record of the certificate that a flow has put in place, at
// the end of its last step. One request for a new certificate, two for a renewal.
// It replaces what was known of the version before, back-off included; what the
// watchdog has told people stays, so that it can tell them that it is over. A
// second run finds its own record.
func remember(ctx context.Context, records Records, t durable.Turn, s *State, served Served) error {
	fresh := &Record{Hostnames: []string{s.Hostname}, Imported: s.Imported, Served: served, ServedAt: t.Now, LastInstance: t.Instance}
	if err := fresh.take(s.Certificate); err != nil {
		return err
	}
	plan := Schedule(t.Now, fresh, Advice{}, 0)
	fresh.RenewAt = plan.RenewAt
	if !plan.NextCheck.IsZero() {
		fresh.NextCheck = t.Now // the authority is asked soon after it has issued
	}
	err := durable.ErrConflict
	if !s.Renewal { // most likely there is none
		err = records.SaveRecord(ctx, fresh)
	}
	for races := 0; races < recordRaces && errors.Is(err, durable.ErrConflict); races++ {
		var old *Record
		if old, err = records.Record(ctx, fresh.Name); err != nil && !errors.Is(err, ErrGone) {
			break
		}
		fresh.ETag, fresh.Alarm = "", ""
		if err == nil {
			if old.Version == fresh.Version && old.LastInstance == t.Instance && old.Served == served {
				return nil
			}
			fresh.ETag, fresh.Alarm = old.ETag, old.Alarm
		}
		err = records.SaveRecord(ctx, fresh)
	}
	if err != nil {
		return fmt.Errorf("remember certificate %s: %w", fresh.Name, err)
	}
	return nil
}
