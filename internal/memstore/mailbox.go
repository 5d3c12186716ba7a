package memstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"certgate/internal/durable"
)

// Post implements durable.Mailbox.
func (s *Store) Post(_ context.Context, claim string, item durable.Item) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.box(claim)
	if b.holder == "" {
		return fmt.Errorf("post item %s: %w", item.ID, durable.ErrNoReader)
	}
	if _, exists := b.items[item.ID]; exists {
		return fmt.Errorf("post item %s: %w", item.ID, durable.ErrItemExists)
	}
	b.items[item.ID] = cloneItem(item)
	b.posts++
	return nil
}

// Item implements durable.Mailbox.
func (s *Store) Item(_ context.Context, claim, id string) (durable.Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, ok := s.box(claim).items[id]
	if !ok {
		return durable.Item{}, fmt.Errorf("read item %s: %w", id, durable.ErrNotFound)
	}
	return cloneItem(item), nil
}

// Inbox implements durable.Mailbox.
func (s *Store) Inbox(_ context.Context, claim string) ([]durable.Item, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.box(claim)
	var items []durable.Item
	for _, item := range b.items {
		items = append(items, cloneItem(item))
	}
	slices.SortFunc(items, func(a, b durable.Item) int { return cmp.Compare(a.ID, b.ID) })
	return items, b.mark(), nil
}
