package issuance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// noteNotInstalled remembers a certificate that was issued by an instance which ended
// before the gateway was seen to serve it: it counts against the authority's limits, so
// it must not be lost in the vault. One that was there before, and was not installed
// anew, is known already and stays as it is. A second run finds the first one's record.
func noteNotInstalled(records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:   "NoteNotInstalledStep",
		Says:   "Noting what there is of the certificate of {hostname}.",
		Title:  "Note what is not installed",
		Needed: func(s *State) bool { return s.Certificate.Version != "" },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if t.Ending == nil {
				return durable.Done(), nil
			}
			known, err := records.Record(ctx, s.Certificate.Name)
			if err != nil && !errors.Is(err, durable.ErrNotFound) && !durable.Unreadable(err) {
				return durable.Outcome{}, fmt.Errorf("read the record of certificate %s: %w", s.Certificate.Name, err)
			}
			if err == nil && known.Version == s.Certificate.Version && !known.NotInstalled {
				return durable.Done(), nil
			}
			fresh, err := freshRecord(t, s, managed.ServedUnknown)
			if err != nil {
				return durable.Outcome{}, err
			}
			fresh.NotInstalled, fresh.ServedAt = true, time.Time{}
			if t.Ending.Status == durable.Failed {
				fresh.Problem = &managed.Failure{Code: t.Ending.Code, Message: t.Ending.Message, At: t.Now}
			}
			return durable.Done(), managed.Replace(ctx, records, fresh, false)
		},
	}
}
