package memstore

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"certgate/internal/durable"
)

// List implements durable.Archive. A token is the place of the last instance of
// a page, so a page is right whatever was added or removed in between.
func (s *Store) List(_ context.Context, f durable.Filter) ([]*durable.Instance, string, error) {
	var after *durable.Instance
	if f.Token != "" {
		var err error
		if after, err = parseToken(f.Token); err != nil {
			return nil, "", fmt.Errorf("list instances: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*durable.Instance
	for _, r := range s.rows {
		if inst := &r.inst; wanted(inst, f) && (after == nil || newestFirst(after, inst) < 0) {
			copied := r.shown()
			copied.State, copied.ETag = nil, ""
			found = append(found, &copied)
		}
	}
	slices.SortFunc(found, newestFirst)
	top := f.Top
	if top <= 0 {
		top = 100
	}
	if top = min(top, 1000); len(found) <= top {
		return found, "", nil
	}
	return found[:top], formatToken(found[top-1]), nil
}

// Purge implements durable.Archive. Mail stays: it belongs to the claim, whose
// other users may still want to read the answers.
func (s *Store) Purge(_ context.Context, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	if r == nil {
		return fmt.Errorf("purge instance %s: %w", id, durable.ErrNotFound)
	}
	if !r.inst.Status.Ended() && !r.damaged {
		return fmt.Errorf("purge instance %s: %w", id, durable.ErrActive)
	}
	s.free(r)
	delete(s.rows, id)
	return nil
}

// EndedBefore implements durable.Archive.
func (s *Store) EndedBefore(_ context.Context, before time.Time, limit int) (ids []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, r := range s.rows {
		if len(ids) < limit && r.inst.Status.Ended() && r.inst.UpdatedAt.Before(before) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func wanted(inst *durable.Instance, f durable.Filter) bool {
	return !inst.Hidden &&
		(len(f.Statuses) == 0 || slices.Contains(f.Statuses, inst.Status)) &&
		(f.Claim == "" || f.Claim == inst.Claim) &&
		(f.From.IsZero() || !inst.CreatedAt.Before(f.From)) &&
		(f.To.IsZero() || inst.CreatedAt.Before(f.To))
}

func newestFirst(a, b *durable.Instance) int {
	return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
}

func formatToken(last *durable.Instance) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d|%s", last.CreatedAt.UnixNano(), last.ID))
}

func parseToken(token string) (*durable.Instance, error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	created, id, ok := strings.Cut(string(raw), "|")
	nanos, numErr := strconv.ParseInt(created, 10, 64)
	if err != nil || numErr != nil || !ok || !validID(id) {
		return nil, durable.ErrBadToken
	}
	return &durable.Instance{ID: id, CreatedAt: time.Unix(0, nanos)}, nil
}
