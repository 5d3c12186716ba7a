package api

import (
	"context"
	"time"

	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// listeners asks where what is installed; nil if that cannot be learnt now, which
// is no reason to show nothing at all. What the view remembers is read again if
// it is older than what the records to be shown say.
func (s *server) listeners(ctx context.Context, shown ...*managed.Record) map[string][]managed.Place {
	listeners, err := s.certificates.Gateway.Listeners(ctx)
	if changed := contradiction(listeners, shown); err == nil && !changed.IsZero() {
		listeners, err = s.certificates.Gateway.ListenersSince(ctx, changed)
	}
	if err != nil {
		s.log.WarnContext(ctx, "showing certificates without where they are installed", "error", err)
		return nil
	}
	return listeners
}

// contradiction is the latest time at which the gateway was seen with what the
// listeners do not have: a retired certificate off it, another one on it. Zero if
// they agree. A gateway that was changed by hand contradicts the records too;
// that costs one reading for each look of the watchdog, not one for each call.
func contradiction(listeners map[string][]managed.Place, records []*managed.Record) (latest time.Time) {
	for _, r := range records {
		installed := len(listeners[secretid.Key(r.SecretID)]) > 0
		if installed == r.Retired && r.ServedAt.After(latest) {
			latest = r.ServedAt
		}
	}
	return latest
}
