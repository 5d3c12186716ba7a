package issuance

import (
	"context"
	"sync"

	"certgate/internal/durable"
)

// family is what this process knows of parents that wait and of children that run,
// so that a parent is woken by the end of its last child and need not wait for its
// next look. It is a hint, nothing depends on it: a child that ends in another
// process, or after a restart, is found by that look.
type family struct {
	mu      sync.Mutex
	parents map[string]map[string]bool // by parent: the children that run
	parent  map[string]map[string]bool // by child: the parents that wait for it
	engine  Engine
}

// maxFamilies bounds what is noted: a parent that ends in another process is not
// heard of here.
const maxFamilies = 256

// eventChildrenEnded is in the history of a parent that was woken.
const eventChildrenEnded = "ChildrenEnded"

// newFamily hears of ends from the engine; nil for a flow that nobody runs.
func newFamily(engine Engine) *family {
	f := &family{parents: map[string]map[string]bool{}, parent: map[string]map[string]bool{}, engine: engine}
	if engine != nil {
		engine.OnEnd(f.ended)
	}
	return f
}

// await notes for whom a parent waits, in place of what was noted before. It is
// called before their rows are read: a child that ends after that is told of.
func (f *family) await(parent string, children []*Child) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note(parent, children)
}

func (f *family) note(parent string, children []*Child) {
	f.forget(parent)
	running := make(map[string]bool, len(children))
	for _, c := range children {
		running[c.Instance] = true
		if f.parent[c.Instance] == nil {
			f.parent[c.Instance] = map[string]bool{}
		}
		f.parent[c.Instance][parent] = true
	}
	if len(running) == 0 {
		return
	}
	if len(f.parents) >= maxFamilies {
		for other := range f.parents { // any one: its parent looks by itself
			f.forget(other)
			break
		}
	}
	f.parents[parent] = running
}

// narrow takes out of what is noted for a parent those whose rows said that they
// had ended: nobody will tell of them. It reports whether any of the others still
// runs; if not, they have ended since their rows were read.
func (f *family) narrow(parent string, running []*Child) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	noted := f.parents[parent]
	var still []*Child
	for _, c := range running {
		if noted[c.Instance] {
			still = append(still, c)
		}
	}
	f.note(parent, still)
	return len(still) > 0
}

func (f *family) forget(parent string) {
	for child := range f.parents[parent] {
		delete(f.parent[child], parent)
		if len(f.parent[child]) == 0 {
			delete(f.parent, child)
		}
	}
	delete(f.parents, parent)
}

// ended takes note of an instance that has ended, and wakes the parents that waited
// for nobody else. That costs three storage calls for each parent, however many
// children it had. An error is not worth another delivery: the parent looks by
// itself. A parent that ends is forgotten.
func (f *family) ended(ctx context.Context, inst *durable.Instance) error {
	for _, parent := range f.bereft(inst.ID) {
		_ = f.engine.Raise(ctx, parent, eventChildrenEnded)
	}
	return nil
}

func (f *family) bereft(ended string) (parents []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget(ended)
	for parent := range f.parent[ended] {
		delete(f.parents[parent], ended)
		if len(f.parents[parent]) == 0 {
			delete(f.parents, parent)
			parents = append(parents, parent)
		}
	}
	delete(f.parent, ended)
	return parents
}
