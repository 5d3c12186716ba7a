package memstore

import (
	"context"

	"certgate/internal/durable"
)

// Backlog implements durable.Census.
func (s *Store) Backlog(_ context.Context, limit int) (durable.Backlog, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b durable.Backlog
	perShard := map[string]int{}
	for _, r := range s.rows {
		if r.inst.Status.Ended() {
			continue
		}
		if due := durable.DueMinute(r.inst.DueAt); b.OldestDue.IsZero() || due.Before(b.OldestDue) {
			b.OldestDue = due
		}
		if perShard[r.inst.ID[:1]] < limit {
			perShard[r.inst.ID[:1]]++
			b.Active++
		}
		b.Partial = b.Partial || perShard[r.inst.ID[:1]] == limit
	}
	return b, nil
}

// Depth counts the messages and the dead letters, which stay for ever.
func (q *Queue) Depth(context.Context) (durable.QueueDepth, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return durable.QueueDepth{Messages: int64(len(q.messages)), Poison: int64(len(q.dead)), OldestPoison: q.deadAt}, nil
}
