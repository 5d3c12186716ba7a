package memstore

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
)

// lock is a held lock; the version tells one holder from the next.
type lock struct {
	version int64
	expires time.Time
}

// Acquire takes the named lock for ttl. ok is false while another process holds
// it. release gives it back; ErrConflict if it had expired and was taken over
// meanwhile, in which case the other's lock stays.
func (s *Store) Acquire(_ context.Context, name string, ttl time.Duration) (ok bool, release func(context.Context) error, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if held, exists := s.locks[name]; exists && s.now().Before(held.expires) {
		return false, nil, nil
	}
	s.version++
	mine := lock{version: s.version, expires: s.now().Add(ttl)}
	s.locks[name] = mine
	return true, func(context.Context) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		held, exists := s.locks[name]
		if exists && held.version != mine.version {
			return fmt.Errorf("release lock %s: %w", name, durable.ErrConflict)
		}
		delete(s.locks, name)
		return nil
	}, nil
}
