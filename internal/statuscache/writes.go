package statuscache

import (
	"context"

	"certgate/internal/durable"
)

// Engine is the store that the engine works with: the given one, whose writes are
// made known to the cache. Its reads are the store's.
func (c *Cache) Engine(store durable.Store) durable.Store { return &writes{store, c} }

type writes struct {
	durable.Store
	cache *Cache
}

// Commit forgets the row whether it succeeded or not: after an error it is not known.
func (w *writes) Commit(ctx context.Context, inst *durable.Instance, change durable.Change) error {
	defer w.cache.forget(inst.ID)
	return w.Store.Commit(ctx, inst, change)
}
