package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"certgate/internal/durable"
)

// Store implements durable.Store, durable.Mailbox and durable.Archive, and locks.
type Store struct {
	now func() time.Time

	mu        sync.Mutex
	version   int64
	rows      map[string]*record
	boxes     map[string]*box // by claim
	locks     map[string]lock
	documents map[string]document
}

// record is an instance with its history.
type record struct {
	inst     durable.Instance
	history  []durable.Event
	damaged  bool
	released *durable.Instance // as it was before it was given up
}

// box is what hangs on a claim: who holds it, and the mail for the holder.
type box struct {
	holder string // instance id; empty while the claim is free
	posts  int    // counts Post, so that a mark can be stale
	items  map[string]durable.Item
}

// New makes an empty store. The clock decides when a lock has expired.
func New(now func() time.Time) *Store {
	return &Store{now: now, rows: map[string]*record{}, boxes: map[string]*box{}, locks: map[string]lock{}}
}

// Create implements durable.Store.
func (s *Store) Create(_ context.Context, inst *durable.Instance, started durable.Event, mail ...durable.Item) error {
	if !validID(inst.ID) || inst.ID[:1] != durable.ShardOf(inst.Claim) {
		return fmt.Errorf("create instance %s: the id was not made for its claim", inst.ID)
	}
	if len(mail) > durable.MaxItems {
		return fmt.Errorf("create instance %s: %d items of mail, at most %d fit", inst.ID, len(mail), durable.MaxItems)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.box(inst.Claim)
	if b.holder != "" {
		return &durable.ClaimedError{Instance: b.holder}
	}
	if s.rows[inst.ID] != nil {
		return fmt.Errorf("create instance %s: %w", inst.ID, durable.ErrConflict)
	}
	b.holder = inst.ID
	for _, item := range mail {
		b.items[item.ID] = cloneItem(item)
	}
	r := &record{}
	s.rows[inst.ID] = r
	s.put(r, inst, started)
	return nil
}

// Load implements durable.Store.
func (s *Store) Load(_ context.Context, id string) (*durable.Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[id]
	if r == nil {
		return nil, fmt.Errorf("load instance %s: %w", id, durable.ErrNotFound)
	}
	if err := r.unreadable(); err != nil {
		return nil, err
	}
	inst := cloneInstance(r.inst)
	return &inst, nil
}

// Commit implements durable.Store.
func (s *Store) Commit(_ context.Context, inst *durable.Instance, change durable.Change) error {
	if n := len(change.Answered) + len(change.Dropped); n > durable.MaxItems {
		return fmt.Errorf("commit instance %s: %d items of mail, at most %d fit", inst.ID, n, durable.MaxItems)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rows[inst.ID]
	if r == nil || r.inst.ETag != inst.ETag {
		return fmt.Errorf("commit instance %s: %w", inst.ID, durable.ErrConflict)
	}
	b, ended := s.box(r.inst.Claim), inst.Status.Ended()
	switch {
	case r.inst.Status.Ended() && !ended:
		return fmt.Errorf("commit instance %s: %w", inst.ID, durable.ErrEnded)
	case ended && change.Mark != "" && change.Mark != b.mark():
		return fmt.Errorf("commit instance %s: mail has arrived: %w", inst.ID, durable.ErrConflict)
	}
	if ended && b.holder == inst.ID {
		b.holder = ""
	}
	for _, item := range change.Answered {
		b.items[item.ID] = cloneItem(item)
	}
	for _, id := range change.Dropped {
		delete(b.items, id)
	}
	s.put(r, inst, change.Event)
	return nil
}

// History implements durable.Store.
func (s *Store) History(_ context.Context, id string) ([]durable.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rows[id]; r != nil {
		return slices.Clone(r.history), nil
	}
	return nil, nil
}

// Due implements durable.Store.
func (s *Store) Due(_ context.Context, before time.Time, limit int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []durable.Instance
	for _, r := range s.rows {
		if !r.inst.Status.Ended() && durable.DueMinute(r.inst.DueAt).Before(before) {
			due = append(due, r.inst)
		}
	}
	slices.SortFunc(due, func(a, b durable.Instance) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	var ids []string
	for _, inst := range due[:min(len(due), max(limit, 0))] {
		ids = append(ids, inst.ID)
	}
	return ids, nil
}

// put stores inst and its event and gives both copies of it a new version.
func (s *Store) put(r *record, inst *durable.Instance, event durable.Event) {
	s.version++
	inst.ETag = strconv.FormatInt(s.version, 10)
	r.inst = cloneInstance(*inst)
	if event.Kind != "" {
		event.Time, event.Since = utc(event.Time), utc(event.Since)
		r.history = append(r.history, event)
	}
}

func (s *Store) box(claim string) *box {
	b := s.boxes[claim]
	if b == nil {
		b = &box{items: map[string]durable.Item{}}
		s.boxes[claim] = b
	}
	return b
}

// mark changes with every Post and with every new holder.
func (b *box) mark() string {
	if b.holder == "" {
		return ""
	}
	return b.holder + "/" + strconv.Itoa(b.posts)
}
