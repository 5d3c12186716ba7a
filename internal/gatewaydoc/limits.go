package gatewaydoc

import (
	"fmt"
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
	certificates, listeners, active, rules, ports int
}

// limits of this gateway. A WAF with the core rule set 3.1 or older has fewer listeners.
func (d *Document) limits() limits {
	l := limits{certificates: 100, listeners: 200, active: 100, rules: 400, ports: 100}
	waf := gjson.Get(d.raw, "properties.webApplicationFirewallConfiguration")
	if waf.Get("enabled").Bool() && strings.EqualFold(waf.Get("ruleSetType").String(), "OWASP") {
		if version, err := strconv.ParseFloat(waf.Get("ruleSetVersion").String(), 64); err == nil && version <= 3.1 {
			l.listeners, l.active = 40, 40
		}
	}
	return l
}

// Room is how full a limited collection is.
type Room struct {
	Kind        string
	Used, Limit int
}

// Limits are how full the collections are that a hostname more needs room in.
func (d *Document) Limits() []Room {
	limit := d.limits()
	return []Room{
		{"certificates", len(d.lists[certificates].entries), limit.certificates},
		{"listeners", len(d.lists[listeners].entries), limit.listeners},
		{"active listeners", d.activeListeners(), limit.active},
		{"rules", len(d.lists[rules].entries), limit.rules},
	}
}

// room says that a collection cannot take one more *entry.
func (d *Document) room(list *list, limit int, kind string) error {
	if n := len(list.entries); n >= limit {
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
	return len(active)
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
