package armsim

import (
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// The range of a rule's priority; 1 is looked at first.
const (
	minPriority = 1
	maxPriority = 20000
)

// checkPriorities: on v2 every rule has a priority of its own.
func checkPriorities(d *gatewaydoc.Document) error {
	if !d.Properties.SKU.V2() {
		return nil
	}
	var without []string
	taken := map[int]string{}
	type ranked struct {
		name     string
		priority *int
	}
	var all []ranked
	for _, r := range d.Properties.Rules {
		all = append(all, ranked{r.Name, r.Properties.Priority})
	}
	// Whether the two kinds share their priorities was never seen; a document that
	// takes none twice is good either way.
	for _, r := range d.Properties.ConnectionRules {
		all = append(all, ranked{r.Name, r.Properties.Priority})
	}
	for _, r := range all {
		if r.priority == nil {
			without = append(without, r.name)
			continue
		}
		n := *r.priority
		if n < minPriority || n > maxPriority {
			return invalid("Rule %s has the priority %d; it must be between %d and %d.", r.name, n, minPriority, maxPriority)
		}
		if other, ok := taken[n]; ok {
			return invalid("Rules %s and %s have the same priority %d.", other, r.name, n)
		}
		taken[n] = r.name
	}
	switch {
	case len(without) == 0:
		return nil
	case len(taken) == 0:
		return badRequest("ApplicationGatewayRequestRoutingRulePriorityCannotBeEmpty", "Priority for the request routing rule %s cannot be empty.", without[0])
	}
	return badRequest("ApplicationGatewayRequestRoutingRulePartialPriorityDefined", "Priority is defined for some request routing rules but not for %s.", strings.Join(without, ", "))
}

// checkRules: every rule has a listener of its own and one place to go.
func checkRules(d *gatewaydoc.Document) error {
	taken := map[string]string{} // listener -> rule
	for _, r := range d.Properties.Rules {
		p := r.Properties
		if p.Listener == nil {
			return invalid("Rule %s needs a listener.", r.Name)
		}
		key := strings.ToLower(p.Listener.Name())
		if other, ok := taken[key]; ok {
			return invalid("Rules %s and %s share the listener %s.", other, r.Name, p.Listener.Name())
		}
		taken[key] = r.Name
		ways := 0
		for _, way := range []bool{p.Pool != nil && p.Settings != nil, p.Redirect != nil, p.PathMap != nil} {
			if way {
				ways++
			}
		}
		if ways != 1 {
			return invalid("Rule %s needs either a backend pool with settings, a redirect configuration, or a URL path map.", r.Name)
		}
		if pathBased := strings.EqualFold(p.Type, "PathBasedRouting"); pathBased != (p.PathMap != nil) {
			return invalid("Rule %s has the type %q, which does not fit where it leads.", r.Name, p.Type)
		}
	}
	return nil
}
