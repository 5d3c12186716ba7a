package statuscache

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
)

// quietFor is how long it is believed that nothing is under way. Pages ask for
// that every few seconds, by day and night; an hour of it costs 40 reads of the
// store, however many ask. What this process starts ends the quiet at once; what
// another process starts by itself, such as a renewal, shows that much later.
const quietFor = 90 * time.Second

// quiet remembers that no instance was active.
type quiet struct {
	at    time.Time // of the question to the store; zero if there is something under way
	turns int       // how often the quiet has ended
}

// List answers the question for active instances from memory while there are none.
func (c *Cache) List(ctx context.Context, filter durable.Filter) (page []*durable.Instance, next string, err error) {
	if !asksForActive(filter) {
		return c.Instances.List(ctx, filter)
	}
	now := c.now()
	c.mu.Lock()
	known := c.quiet
	c.mu.Unlock()
	if !known.at.IsZero() && now.Sub(known.at) < quietFor {
		return []*durable.Instance{}, "", nil
	}
	page, next, err = c.Instances.List(ctx, filter)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.quiet.turns == known.turns { // else something was started while the store was read
		c.quiet.at = time.Time{}
		if err == nil && len(page) == 0 && next == "" {
			c.quiet.at = now
		}
	}
	return page, next, err
}

// asksForActive: for all of them, whatever the page's size.
func asksForActive(f durable.Filter) bool {
	if len(f.Statuses) != 2 || f.Claim != "" || f.Token != "" || !f.From.IsZero() || !f.To.IsZero() {
		return false
	}
	a, b := f.Statuses[0], f.Statuses[1]
	return !a.Ended() && !b.Ended() && a != b
}

// disturb ends the quiet.
func (c *Cache) disturb() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.quiet = quiet{turns: c.quiet.turns + 1}
}

// Activity changes with every instance that this process starts: "process.count".
func (c *Cache) Activity() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%s.%d", c.process, c.quiet.turns)
}

// Create ends the quiet, whatever came of it: a row may be stored though the
// answer was lost.
func (w *writes) Create(ctx context.Context, inst *durable.Instance, started durable.Event, mail ...durable.Item) error {
	defer w.cache.disturb()
	return w.Store.Create(ctx, inst, started, mail...)
}
