package dnsproviders

import (
	"context"
	"fmt"
	"time"
)

// Locker is a lock that all processes of certgate share.
type Locker interface {
	// Acquire takes the named lock for ttl; ok is false while somebody else holds it.
	Acquire(ctx context.Context, name string, ttl time.Duration) (ok bool, release func(context.Context) error, err error)
}

// lockTTL is far above what one read and one write take.
const lockTTL = 2 * time.Minute

// Alone runs work that reads a set of records and replaces it, at a provider that
// takes no condition for that: one process at a time for each name. It protects
// from other processes of certgate, and from nobody else. Without a lock it just runs.
func Alone(ctx context.Context, locks Locker, name string, work func() error) error {
	if locks == nil {
		return work()
	}
	ok, release, err := locks.Acquire(ctx, "dns-"+name, lockTTL)
	if err != nil {
		return fmt.Errorf("lock the DNS records of %s: %w", name, err)
	}
	if !ok {
		return Conflict(name, nil)
	}
	err = work()
	// A lock that cannot be given back ends by itself.
	_ = release(context.WithoutCancel(ctx))
	return err
}
