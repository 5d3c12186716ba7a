package storagedoor

import (
	"maps"
	"strings"
	"sync"
)

// Counts is a number of requests by Kind.
type Counts map[string]int

// Sub is what has come since an earlier snapshot; kinds without requests are
// left out.
func (c Counts) Sub(earlier Counts) Counts {
	since := Counts{}
	for kind, n := range c {
		if n != earlier[kind] {
			since[kind] = n - earlier[kind]
		}
	}
	return since
}

// Total is the number of all requests.
func (c Counts) Total() int {
	total := 0
	for _, n := range c {
		total += n
	}
	return total
}

// Of is the number of requests to one service.
func (c Counts) Of(service string) int {
	total := 0
	for kind, n := range c {
		if strings.HasPrefix(kind, service+" ") {
			total += n
		}
	}
	return total
}

type counter struct {
	mu     sync.Mutex
	counts Counts
}

func (c *counter) add(kind string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[kind]++
}

func (c *counter) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}
