// Package retention removes instances that nobody will ask for any more, with
// their history. Removing one twice, or by two at once, is harmless.
//
// Mail needs no sweep: whoever reads a mailbox drops what it has answered, so that
// a box never holds more than one batch.
package retention

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"certgate/internal/durable"
)

// Archive is what a sweep needs of the store.
type Archive interface {
	EndedBefore(ctx context.Context, before time.Time, limit int) ([]string, error)
	Purge(ctx context.Context, id string) error
}

// atOnce bounds the purges that are under way together; each is two requests to
// storage and one more for every 98 history rows.
const atOnce = 8

// Sweep removes up to limit instances that ended before the given time, hidden
// ones included. It returns how many are gone; the rest is for the next sweep.
func Sweep(ctx context.Context, archive Archive, before time.Time, limit int, log *slog.Logger) (int, error) {
	ids, err := archive.EndedBefore(ctx, before, limit)
	if err != nil {
		return 0, fmt.Errorf("list what has ended before %s: %w", before.UTC().Format(time.RFC3339), err)
	}
	n, err := Purge(ctx, archive, ids)
	if n > 0 {
		log.InfoContext(ctx, "removed old instances", "count", n, "endedBefore", before.UTC().Format(time.RFC3339))
	}
	return n, err
}

// Purge removes the instances of these ids and counts those that it removed
// itself. One that is gone or active again is passed over; any other error is
// returned after all have been tried.
func Purge(ctx context.Context, archive interface {
	Purge(ctx context.Context, id string) error
}, ids []string) (int, error) {
	var (
		all      sync.WaitGroup
		mu       sync.Mutex
		removed  int
		problems []error
	)
	room := make(chan struct{}, atOnce)
	for _, id := range ids {
		room <- struct{}{}
		all.Go(func() {
			defer func() { <-room }()
			err := archive.Purge(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				removed++
			case !errors.Is(err, durable.ErrNotFound) && !errors.Is(err, durable.ErrActive) && !errors.Is(err, durable.ErrConflict):
				problems = append(problems, err)
			}
		})
	}
	all.Wait()
	return removed, errors.Join(problems...)
}
