package gatewaydoc

import (
	"fmt"
	"strings"

	"certgate/internal/durable"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// Priorities run from 1, which is looked at first, to 20000.
const (
	maxPriority = 20000
	// maxSpecific is where rules of single hostnames start, downwards. The upper
	// half stays free for wildcard and catch-all rules, which must come after.
	maxSpecific = 10000
)

type ruleEntry struct {
	Name       string         `json:"name"`
	Properties ruleProperties `json:"properties"`
}

type ruleProperties struct {
	RuleType     string    `json:"ruleType"`
	Priority     int       `json:"priority"`
	HTTPListener reference `json:"httpListener"`
	Pool         reference `json:"backendAddressPool"`
	Settings     reference `json:"backendHttpSettings"`

	Rewrites *reference `json:"rewriteRuleSet,omitempty"`
	Tokens   *reference `json:"entraJWTValidationConfig,omitempty"`
}

// wantRule makes sure that some rule uses the listener; one that does is kept
// as it is.
// nth counts the listeners of the hostname.
func (d *Document) wantRule(l site, listener, nth int, s Settings) error {
	e := d.lists[listeners].entries[listener]
	if n := numbered(of(l.Name, hostname.NthListenerName), e.name); n > 0 {
		nth = n
	}
	list, name := d.lists[rules], hostname.NthRuleName(l.Name, nth)
	if d.ruleOf(e.name) != "" {
		return nil
	}
	if list.find(name) >= 0 {
		return refuse("The rule %s exists but is for another listener than %s. Rename or remove it.", name, e.name)
	}
	pool, err := d.named(pools, s.BackendPool, "backend pool")
	if err != nil {
		return err
	}
	backend, err := d.named(settings, s.HTTPSettings, "backend settings entry")
	if err != nil {
		return err
	}
	if err := d.room(rules, d.limits().rules, "rules"); err != nil {
		return err
	}
	if active, limit := d.activeListeners(), d.limits().active; active >= limit {
		d.makeRoom()
		if active = d.activeListeners(); active >= limit {
			return full("active listeners", active, limit)
		}
	}
	priority, err := d.freePriority(e)
	if err != nil {
		return err
	}
	p, err := d.protectionFor(l.Hostname, lastSegment(e.frontend), s)
	if err != nil {
		return err
	}
	d.add(rules, ruleEntry{Name: name, Properties: ruleProperties{
		RuleType: "Basic", Priority: priority, HTTPListener: d.ref(listeners, e.name),
		Pool: d.ref(pools, pool), Settings: d.ref(settings, backend), Rewrites: p.Rewrites, Tokens: p.Tokens,
	}})
	return nil
}

// named finds the entry that a setting names, or the only one if it names none.
func (d *Document) named(collection, name, kind string) (string, error) {
	list := d.lists[collection]
	if name == "" && len(list.entries) == 1 {
		return list.entries[0].name, nil
	}
	if i := list.find(name); name != "" && i >= 0 {
		return list.entries[i].name, nil
	}
	return "", notFound(kind, name, list)
}

// freePriority finds a number for the rule of a new listener. The gateway takes
// the first rule that matches, so the number must be smaller than that of every
// rule on the same address and port that also matches the new listener's
// hostname (a wildcard around it, a basic listener), and greater than that of
// every rule whose hostnames the new listener covers. A single hostname goes
// below all wildcards if there is room, also those that do not concern it.
func (d *Document) freePriority(listener *entry) (int, error) {
	own := listener.hosts
	wildcard := len(own) == 0 || strings.ContainsAny(strings.Join(own, ""), "*?")
	top := maxSpecific
	if wildcard {
		top = maxPriority
	}
	floor, ceiling, comfort := 0, maxPriority+1, maxPriority+1
	blocking := ""
	used := map[int]bool{}
	for _, r := range d.lists[layer4Rules].entries {
		used[r.priority] = true // whether the two kinds share their numbers is not known; this is good either way
	}
	for _, r := range d.lists[rules].entries {
		priority := r.priority
		if priority == 0 {
			continue // set before rules had priorities; the service refuses the mixture in its own words
		}
		used[priority] = true
		other, ok := d.listenerOf(r)
		if !ok || !sameEndpoint(other, listener) {
			continue
		}
		hosts := other.hosts
		switch {
		case covers(hosts, own):
			if priority < ceiling {
				ceiling, blocking = priority, r.name
			}
		case covers(own, hosts):
			floor = max(floor, priority)
		}
		if !wildcard && (len(hosts) == 0 || strings.ContainsAny(strings.Join(hosts, ""), "*?")) {
			comfort = min(comfort, priority)
		}
	}
	for _, from := range []int{min(comfort-1, ceiling-1, top), min(ceiling-1, top), ceiling - 1} {
		for p := from; p > floor; p-- {
			if !used[p] {
				return p, nil
			}
		}
	}
	return 0, &durable.Failure{Code: issuance.CodeGatewayLimit, Message: fmt.Sprintf(
		"The gateway has no free rule priority between %d and %d for %s. Give the rule %s a greater number.", floor+1, ceiling-1, spell(own), blocking)}
}

// listenerOf finds the listener of a rule.
func (d *Document) listenerOf(rule *entry) (*entry, bool) {
	for _, l := range d.lists[listeners].entries {
		if refersTo(rule.listener, listeners, l.name) {
			return l, true
		}
	}
	return nil, false
}

// sameEndpoint reports whether one connection could belong to both listeners.
func sameEndpoint(a, b *entry) bool {
	return strings.EqualFold(a.frontend, b.frontend) && strings.EqualFold(a.port, b.port)
}
