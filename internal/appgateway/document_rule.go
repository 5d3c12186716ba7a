package appgateway

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
}

// wantRule makes sure that some rule uses the listener; one that does is kept
// as it is, whoever made it.
func (d *document) wantRule(l issuance.Listener, listener int, s Settings) error {
	e := d.lists[listeners].entries[listener]
	list, name := d.lists[rules], hostname.RuleName(l.Name)
	for _, r := range list.entries {
		if refersTo(r.get("properties.httpListener.id").String(), listeners, e.name()) {
			return nil
		}
	}
	if list.find(name) >= 0 {
		return refuse("The rule %s exists but is for another listener than %s. Rename or remove it.", name, e.name())
	}
	pool, err := d.named(pools, s.BackendPool, "backend pool")
	if err != nil {
		return err
	}
	backend, err := d.named(settings, s.HTTPSettings, "backend settings entry")
	if err != nil {
		return err
	}
	if err := d.room(list, d.limits().rules, "rules"); err != nil {
		return err
	}
	if d.activeListeners() >= d.limits().active {
		d.makeRoom()
	}
	if active, limit := d.activeListeners(), d.limits().active; active >= limit {
		return full("active listeners", active, limit)
	}
	priority, err := d.freePriority(e)
	if err != nil {
		return err
	}
	list.add(encode(ruleEntry{Name: name, Properties: ruleProperties{
		RuleType: "Basic", Priority: priority, HTTPListener: d.ref(listeners, e.name()),
		Pool: d.ref(pools, pool), Settings: d.ref(settings, backend),
	}}))
	return nil
}

// named finds the entry that a setting names, or the only one if it names none.
func (d *document) named(collection, name, kind string) (string, error) {
	list := d.lists[collection]
	if name == "" && len(list.entries) == 1 {
		return list.entries[0].name(), nil
	}
	if i := list.find(name); name != "" && i >= 0 {
		return list.entries[i].name(), nil
	}
	return "", notFound(kind, name, list)
}

// freePriority finds a number for the rule of a new listener. The gateway takes
// the first rule that matches, so the number must be smaller than that of every
// rule on the same address and port that also matches the new listener's
// hostname (a wildcard around it, a basic listener), and greater than that of
// every rule whose hostnames the new listener covers. A single hostname goes
// below all wildcards if there is room, also those that do not concern it.
func (d *document) freePriority(listener entry) (int, error) {
	own := hostsOf(listener)
	wildcard := len(own) == 0 || strings.ContainsAny(strings.Join(own, ""), "*?")
	top := maxSpecific
	if wildcard {
		top = maxPriority
	}
	floor, ceiling, comfort := 0, maxPriority+1, maxPriority+1
	blocking := ""
	used := map[int]bool{}
	for _, r := range d.lists[rules].entries {
		priority := int(r.get("properties.priority").Int())
		if priority == 0 {
			continue // set before rules had priorities; the service refuses the mixture in its own words
		}
		used[priority] = true
		other, ok := d.listenerOf(r)
		if !ok || !sameEndpoint(other, listener) {
			continue
		}
		hosts := hostsOf(other)
		switch {
		case covers(hosts, own):
			if priority < ceiling {
				ceiling, blocking = priority, r.name()
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
func (d *document) listenerOf(rule entry) (entry, bool) {
	id := rule.get("properties.httpListener.id").String()
	for _, l := range d.lists[listeners].entries {
		if refersTo(id, listeners, l.name()) {
			return l, true
		}
	}
	return entry{}, false
}

// sameEndpoint reports whether one connection could belong to both listeners.
func sameEndpoint(a, b entry) bool {
	for _, path := range []string{"properties.frontendIPConfiguration.id", "properties.frontendPort.id"} {
		if !strings.EqualFold(a.get(path).String(), b.get(path).String()) {
			return false
		}
	}
	return true
}

// covers reports whether a listener with the hostnames outer answers for one of
// inner as well. No hostnames means all of them.
func covers(outer, inner []string) bool {
	if len(outer) == 0 {
		return true
	}
	for _, pattern := range outer {
		for _, host := range inner {
			if matches(pattern, host) {
				return true
			}
		}
	}
	return false
}

// matches tells whether a hostname pattern of the gateway matches a name: "*" is
// any run of characters, dots included, "?" is one character.
func matches(pattern, name string) bool {
	// The classic two-pointer match: star is where to go back to, and how far the
	// last star has eaten.
	p, n, star, eaten := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, eaten = p, n
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == name[n]):
			p++
			n++
		case star >= 0:
			eaten++
			p, n = star+1, eaten
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
