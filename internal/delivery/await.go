package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// await looks at the target until it serves the version. It changes nothing but the
// record of a certificate that was not delivered in time; a second run finds that done.
func (d *Deliveries) await(ctx context.Context, t durable.Turn, s *state) (durable.Outcome, error) {
	w, r, over, err := d.current(ctx, s)
	if err != nil {
		return durable.Outcome{}, err
	}
	if over != "" {
		return durable.Done().Noting(over), nil
	}
	seen := d.look(ctx, w, r)
	behind := seen.behind()
	if behind == "" {
		return durable.Done().Noting(s.end(ResultServed, fmt.Sprintf("Served: %s.", strings.Join(seen.places(), ", ")))), nil
	}
	if left := w.deadline(t.Created).Sub(t.Now); left > 0 {
		return durable.Wait(min(pause(t.Now.Sub(t.Created)), left), behind), nil
	}
	if err := d.note(ctx, s); err != nil {
		return durable.Outcome{}, err
	}
	return durable.Fail(CodeNotDelivered, fmt.Sprintf("The target %s does not serve the newest version of certificate %s, %s after it was there. %s %s", s.Target, s.Certificate, spell(w.Within), behind, w.Kind.Late)), nil
}

// note remembers with the certificate that people are told of this target.
func (d *Deliveries) note(ctx context.Context, s *state) error {
	return managed.Change(ctx, d.Records, s.Certificate, func(r *managed.Record) bool {
		if r.Version != s.Version || slices.Contains(r.Undelivered, s.Target) {
			return false
		}
		r.Undelivered = append(r.Undelivered, s.Target)
		slices.Sort(r.Undelivered)
		return true
	})
}

// pause is short while a target may still be at it.
func pause(waited time.Duration) time.Duration {
	switch {
	case waited < 2*time.Minute:
		return 10 * time.Second
	case waited < time.Hour:
		return time.Minute
	}
	return 15 * time.Minute
}

// spell writes a duration as people do.
func spell(d time.Duration) string {
	switch {
	case d%time.Hour != 0 || d < time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d == time.Hour:
		return "an hour"
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}
