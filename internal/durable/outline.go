package durable

import (
	"cmp"
	"slices"
)

// Outline is a flow as people see it.
type Outline struct {
	Name    string
	Title   string // one or two words, such as "Add"
	Hidden  bool   // kept out of people's lists
	Steps   []StepOutline
	CleanUp []StepOutline // runs after a failure or a termination only
}

// StepOutline is one step of an Outline, all of it published.
type StepOutline struct {
	Name  string // the status
	Says  string // the message
	Title string // what the step does, for a list of steps
}

// Outlines lists all flows that are known, by name.
func (r *Runner) Outlines() []Outline {
	var all []Outline
	for _, d := range r.flows {
		all = append(all, Outline{Name: d.name, Title: d.title, Hidden: d.hidden, Steps: outlines(d.steps), CleanUp: outlines(d.cleanUp)})
	}
	slices.SortFunc(all, func(a, b Outline) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func outlines(steps []step) (all []StepOutline) {
	for _, s := range steps {
		all = append(all, StepOutline{Name: s.name, Says: s.says, Title: s.title})
	}
	return all
}
