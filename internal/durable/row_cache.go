package durable

import "sync"

// rowCache remembers rows as this process stored them last, so that the next
// message of the same instance costs no read. It may be stale: then Commit
// fails its If-Match and the turn starts over from the store.
type rowCache struct {
	mu    sync.Mutex
	limit int
	rows  map[string]Instance
}

func newRowCache(limit int) *rowCache {
	return &rowCache{limit: limit, rows: map[string]Instance{}}
}

func (c *rowCache) put(inst *Instance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if inst.Status.Ended() {
		delete(c.rows, inst.ID)
		return
	}
	if _, known := c.rows[inst.ID]; !known && len(c.rows) >= c.limit {
		for id := range c.rows { // any one: a miss costs one read, no more
			delete(c.rows, id)
			break
		}
	}
	c.rows[inst.ID] = *inst
}

// take removes and returns the row if it is at the wanted turn.
func (c *rowCache) take(id string, seq int64) (*Instance, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	inst, ok := c.rows[id]
	if !ok || inst.Seq != seq {
		return nil, false
	}
	delete(c.rows, id)
	return &inst, true
}
