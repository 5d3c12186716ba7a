package gatewaydoc

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// limits of an Application Gateway v2, as documented with the service. They are
// checked before a write because the service finds out minutes later, and then
// refuses everything that was in the same write.
type limits struct {
	certificates, listeners, active, rules, ports, pools, settings, redirects int
}

// limits of this gateway. The Basic tier, and a firewall with the core rule set 3.1
// or older, have less room.
func (d *Document) limits() limits {
	l := limits{certificates: 100, listeners: 200, active: 100, rules: 400, ports: 100, pools: 100, settings: 100, redirects: 100}
	if strings.EqualFold(gjson.Get(d.raw, "properties.sku.tier").String(), "Basic") {
		l.listeners, l.active, l.rules, l.pools = 5, 5, 5, 5
	}
	if d.oldRuleSet || oldRuleSet(gjson.Get(d.raw, "properties.webApplicationFirewallConfiguration")) {
		const few = 40
		l.certificates, l.listeners, l.active, l.rules, l.ports, l.settings, l.redirects = few, few, few, few, few, few, few
	}
	return l
}

// oldRuleSet looks at the firewall that older gateways have in their document.
func oldRuleSet(waf gjson.Result) bool {
	return waf.Get("enabled").Bool() && OldRuleSet(waf.Get("ruleSetType").String(), waf.Get("ruleSetVersion").String())
}

// OldRuleSet reports whether a rule set of a web application firewall is one of
// those that leave the gateway room for 40 of each kind.
func OldRuleSet(kind, version string) bool {
	v, err := strconv.ParseFloat(version, 64)
	return strings.EqualFold(kind, "OWASP") && err == nil && v <= 3.1
}

// FirewallPolicies lists the ids of the firewall policies that the gateway, its
// listeners and its path rules have. Their rule sets are not in the document.
func (d *Document) FirewallPolicies() []string {
	var ids []string
	add := func(v gjson.Result) {
		id := v.String()
		if id != "" && !slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(id, other) }) {
			ids = append(ids, id)
		}
	}
	add(gjson.Get(d.raw, "properties.firewallPolicy.id"))
	for _, e := range d.lists[listeners].entries {
		add(e.get("properties.firewallPolicy.id"))
	}
	for _, m := range d.lists[pathMaps].entries {
		for _, id := range m.get("properties.pathRules.#.properties.firewallPolicy.id").Array() {
			add(id)
		}
	}
	return ids
}

// HasOldRuleSet says that one of its firewall policies has an OldRuleSet.
func (d *Document) HasOldRuleSet() { d.oldRuleSet = true }

// Room is how full a limited collection is.
type Room struct {
	Kind        string
	Used, Limit int
}

// Limits are how full the collections are that a hostname more needs room in.
func (d *Document) Limits() []Room {
	limit := d.limits()
	return []Room{
		{"certificates", d.count(certificates), limit.certificates},
		{"listeners", d.count(listeners), limit.listeners},
		{"active listeners", d.activeListeners(), limit.active},
		{"rules", d.count(rules), limit.rules},
	}
}

// count is how many entries a limit counts: layer-4 listeners and rules with the
// others.
func (d *Document) count(collection string) int {
	n := len(d.lists[collection].entries)
	switch collection {
	case listeners:
		n += len(d.lists[layer4Listeners].entries)
	case rules:
		n += len(d.lists[layer4Rules].entries)
	}
	return n
}

// room says that a collection cannot take one more entry.
func (d *Document) room(collection string, limit int, kind string) error {
	if n := d.count(collection); n >= limit {
		return full(kind, n, limit)
	}
	return nil
}

func full(kind string, n, limit int) error {
	return &durable.Failure{Code: issuance.CodeGatewayLimit, Message: fmt.Sprintf(
		"The gateway has %d %s and can have %d. Remove one that is not needed, or use another gateway.", n, kind, limit)}
}

// activeListeners counts the listeners with a rule that sends traffic to a
// backend. A listener that only redirects is not active; one that redirects but
// for a single path to a pool is.
func (d *Document) activeListeners() int {
	active := map[string]bool{}
	for _, r := range d.lists[rules].entries {
		if r.pool != "" || d.mapHasPool(r.pathMap) {
			active[strings.ToLower(r.listener)] = true
		}
	}
	return len(active) + len(d.lists[layer4Rules].entries)
}

func (d *Document) mapHasPool(id string) bool {
	if id == "" {
		return false
	}
	for _, m := range d.lists[pathMaps].entries {
		if !refersTo(id, pathMaps, m.name) {
			continue
		}
		if m.get("properties.defaultBackendAddressPool.id").String() != "" {
			return true
		}
		for _, pool := range m.get("properties.pathRules.#.properties.backendAddressPool.id").Array() {
			if pool.String() != "" {
				return true
			}
		}
	}
	return false
}
