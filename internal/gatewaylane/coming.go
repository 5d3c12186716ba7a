package gatewaylane

import (
	"sync"
	"time"
)

const (
	// comingFor is how long an announced instance is believed to be on the way:
	// authorities take some seconds for a validation and for a certificate.
	comingFor = 15 * time.Second
	// maxGathering bounds the turns, a second each, in which the lane waits for them
	// before a write. An update of a gateway takes half a minute and more, and who
	// misses one waits for all of it.
	maxGathering = 10
	gatherPause  = time.Second
)

// coming are the instances of this process that will ask the lane within moments.
// It is a hint that spares writes: those of other processes are not in it, and one
// that fails on its way is forgotten after comingFor.
type coming struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (c *coming) announce(instance string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.until == nil {
		c.until = map[string]time.Time{}
	}
	c.until[instance] = now.Add(comingFor)
}

func (c *coming) arrived(instance string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.until, instance)
}

// any reports whether an instance is on the way.
func (c *coming) any(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for instance, until := range c.until {
		if !until.After(now) {
			delete(c.until, instance)
		}
	}
	return len(c.until) > 0
}
