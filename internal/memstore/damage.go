package memstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"certgate/internal/durable"
)

// Damage makes the row of an instance one that cannot be read, for tests. Its flow can
// still be told.
func (s *Store) Damage(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	s.version++
	r.damaged, r.inst.ETag = true, strconv.FormatInt(s.version, 10)
}

// Mend makes a damaged row readable again, as it was, for tests.
func (s *Store) Mend(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	s.version++
	if r.released != nil {
		r.inst, r.released = *r.released, nil
	}
	r.damaged, r.inst.ETag = false, strconv.FormatInt(s.version, 10)
}

func (r *record) unreadable() error {
	if !r.damaged {
		return nil
	}
	return &durable.UnreadableError{Kind: durable.RowInstance, ID: r.inst.ID, Row: r.inst.ID, Flow: r.inst.Flow, Err: errors.New("damaged by a test")}
}

// shown is the row as lists have it.
func (r *record) shown() durable.Instance {
	if r.damaged {
		return durable.Instance{ID: r.inst.ID, CreatedAt: r.inst.CreatedAt, Damaged: true}
	}
	return cloneInstance(r.inst)
}

// Release implements durable.Store.
func (s *Store) Release(_ context.Context, id string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	if r == nil {
		return fmt.Errorf("release instance %s: %w", id, durable.ErrNotFound)
	}
	if !r.damaged && !r.inst.Status.Ended() {
		return fmt.Errorf("release instance %s: %w", id, durable.ErrConflict)
	}
	s.free(r)
	if r.inst.Status.Ended() {
		return nil
	}
	was := r.inst
	r.released = &was
	r.inst.Status, r.inst.UpdatedAt = durable.Failed, now
	return nil
}

// free gives back what an instance holds.
func (s *Store) free(r *record) {
	if b := s.box(r.inst.Claim); b.holder == r.inst.ID {
		b.holder = ""
	}
}
