package durable

import (
	"cmp"
	"maps"
	"slices"
)

// Name is the flow's stored name.
func (d Definition) Name() string { return d.name }

// Flows lists what this Runner can run, by name.
func (r *Runner) Flows() []Definition {
	return slices.SortedFunc(maps.Values(r.flows), func(a, b Definition) int { return cmp.Compare(a.name, b.name) })
}
