// Package statuscache answers reads of an instance's status from memory for a
// second after a read from the store. Many who watch the same instance then cost
// what one costs.
//
// The engine never reads here: it decides by the row that is stored. What this
// process writes is forgotten at once, so whoever steers an instance and asks the
// same machine sees the effect; what another machine writes shows a second late.
package statuscache

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"certgate/internal/durable"
)

const (
	// fresh is how long a row is believed. Clients are asked to look every 10
	// seconds.
	fresh = time.Second
	// limit bounds the rows that are kept; each is some kilobytes.
	limit = 1024
	// readWithin bounds one read, the client's repetitions included.
	readWithin = 30 * time.Second
)

var errSlow = errors.New("the storage did not answer in time")

// Instances is what is read. It is the view of people on the store.
type Instances interface {
	Load(ctx context.Context, id string) (*durable.Instance, error)
	History(ctx context.Context, id string) ([]durable.Event, error)
	durable.Archive
}

// Cache is Instances with a memory. Only Load is answered from it.
type Cache struct {
	Instances
	now func() time.Time

	mu    sync.Mutex
	rows  map[string]row
	reads map[string]*read // under way
	quiet quiet

	process string // of this process, for Activity
}

type row struct {
	instance durable.Instance
	at       time.Time
}

// read is one question to the store that several callers wait for.
type read struct {
	done chan struct{}
	row  row // these two are written before done is closed
	err  error
}

// New makes an empty cache. Now is the clock; nil is time.Now.
func New(instances Instances, now func() time.Time) *Cache {
	if now == nil {
		now = time.Now
	}
	return &Cache{Instances: instances, now: now, rows: map[string]row{}, reads: map[string]*read{}, process: rand.Text()[:8]}
}

// Load reads an instance that was read less than a second ago from memory, any
// other from the store, once for all who ask at the same time. What the store does
// not have is not remembered.
func (c *Cache) Load(ctx context.Context, id string) (*durable.Instance, error) {
	now := c.now()
	c.mu.Lock()
	if kept, ok := c.rows[id]; ok && now.Sub(kept.at) < fresh {
		c.mu.Unlock()
		return &kept.instance, nil // of its own: kept is a copy
	}
	r := c.reads[id]
	if r == nil {
		r = &read{done: make(chan struct{}), row: row{at: now}} // it may be as old as the question
		c.reads[id] = r
		// Others wait for it too, so it goes on when this caller leaves.
		go c.read(context.WithoutCancel(ctx), id, r)
	}
	c.mu.Unlock()
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if r.err != nil {
		return nil, r.err
	}
	own := r.row.instance
	return &own, nil
}

// read asks the store. If the row was written by this process meanwhile, those who
// wait already get what was read, and no others do.
func (c *Cache) read(ctx context.Context, id string, r *read) {
	ctx, cancel := context.WithTimeoutCause(ctx, readWithin, errSlow)
	defer cancel()
	inst, err := c.Instances.Load(ctx, id)
	if r.err = err; err == nil {
		r.row.instance = *inst
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	close(r.done)
	if c.reads[id] != r {
		return
	}
	delete(c.reads, id)
	if err == nil {
		c.keep(id, r.row)
	}
}

// Purge removes an instance from the store, and so from here.
func (c *Cache) Purge(ctx context.Context, id string) error {
	defer c.forget(id)
	return c.Instances.Purge(ctx, id)
}

// keep remembers a row; the lock is held.
func (c *Cache) keep(id string, r row) {
	if len(c.rows) >= limit {
		c.makeRoom(r.at)
	}
	c.rows[id] = r
}

// makeRoom drops what is not believed any more; if that is nothing, anything.
func (c *Cache) makeRoom(now time.Time) {
	for id, r := range c.rows {
		if now.Sub(r.at) >= fresh {
			delete(c.rows, id)
		}
	}
	for id := range c.rows {
		if len(c.rows) < limit {
			return
		}
		delete(c.rows, id)
	}
}

// forget lets the next caller ask the store: for the row, and not for the answer
// that is under way.
func (c *Cache) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rows, id)
	delete(c.reads, id)
}
