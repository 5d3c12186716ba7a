package storagedoor

import (
	"context"
	"fmt"
	"sync"
)

// gate lets requests in to the emulator and knows when none is inside.
type gate struct {
	mu     sync.Mutex
	shut   bool
	inside int
	empty  chan struct{} // closed when the gate is shut and no request is inside
}

// enter reports whether the request may go on to the emulator; then it must leave.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.inside++
	}
	return !g.shut
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 && g.shut {
		close(g.empty)
	}
}

// close returns the channel that is closed when the last request has left.
func (g *gate) close() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shut {
		g.shut, g.empty = true, make(chan struct{})
		if g.inside == 0 {
			close(g.empty)
		}
	}
	return g.empty
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}

// Shut breaks the connection of every request that arrives from now on, and
// returns when those that the emulator has in hand are answered: then it can be
// stopped without losing a write that a client knows of. If ctx ends first the
// door is open again. Shutting twice is fine.
func (d *Door) Shut(ctx context.Context) error {
	select {
	case <-d.gate.close():
		return nil
	case <-ctx.Done():
		d.gate.open()
		return fmt.Errorf("shut the storage door: requests are still under way: %w", ctx.Err())
	}
}

// Open lets requests pass again.
func (d *Door) Open() { d.gate.open() }
