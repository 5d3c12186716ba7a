package gatewaydoc

import "certgate/internal/hostname"

type pathMapEntry struct {
	Name       string            `json:"name"`
	Properties pathMapProperties `json:"properties"`
}

// pathMapProperties have either a default backend or a default redirect.
type pathMapProperties struct {
	Pool     *reference      `json:"defaultBackendAddressPool,omitempty"`
	Settings *reference      `json:"defaultBackendHttpSettings,omitempty"`
	Redirect *reference      `json:"defaultRedirectConfiguration,omitempty"`
	Rules    []pathRuleEntry `json:"pathRules"`
}

type pathRuleEntry struct {
	Name       string `json:"name"`
	Properties struct {
		Paths    []string  `json:"paths"`
		Pool     reference `json:"backendAddressPool"`
		Settings reference `json:"backendHttpSettings"`
	} `json:"properties"`
}

type pathRoutingEntry struct {
	Name       string `json:"name"`
	Properties struct {
		RuleType string    `json:"ruleType"`
		Priority int       `json:"priority"`
		Listener reference `json:"httpListener"`
		PathMap  reference `json:"urlPathMap"`
	} `json:"properties"`
}

// pathMapNames are the names of a path map and of the rule that uses it.
type pathMapNames struct{ pathMap, rule string }

// pathMapOf are those of a certificate's nth listener. One map does for all of them.
func pathMapOf(certificate string, n int) pathMapNames {
	return pathMapNames{hostname.PathMapName(certificate), hostname.NthHTTPRuleName(certificate, n)}
}

// wantPathMap leads a listener's validation files to the backend and all else to
// the redirect, or without one to the backend as well.
func (d port80) wantPathMap(names pathMapNames, to backend, listener int, redirect *reference) error {
	m := pathMapEntry{Name: names.pathMap}
	if m.Properties.Redirect = redirect; redirect == nil {
		m.Properties.Pool, m.Properties.Settings = &to.pool, &to.settings
	}
	var files pathRuleEntry
	files.Name = "acme-challenge"
	files.Properties.Paths = []string{challengePattern}
	files.Properties.Pool, files.Properties.Settings = to.pool, to.settings
	m.Properties.Rules = []pathRuleEntry{files}
	if err := d.makeRight(pathMaps, m); err != nil {
		return err
	}
	e := d.lists[listeners].entries[listener]
	list := d.lists[rules]
	if i := list.find(names.rule); i >= 0 {
		if !refersTo(list.entries[i].listener, listeners, e.name) || list.entries[i].pathMap == "" {
			return refuse("The rule %s exists but does not lead requests of the listener %s by their path. Rename or remove it.", names.rule, e.name)
		}
		return d.point(rules, i, "properties.urlPathMap", d.ref(pathMaps, names.pathMap))
	}
	if user := d.ruleOf(e.name); user != "" {
		return refuse("The rule %s uses the listener %s, which certgate manages. Remove that rule.", user, e.name)
	}
	if err := d.room(rules, d.limits().rules, "rules"); err != nil {
		return err
	}
	priority, err := d.freePriority(e)
	if err != nil {
		return err
	}
	r := pathRoutingEntry{Name: names.rule}
	r.Properties.RuleType, r.Properties.Priority = "PathBasedRouting", priority
	r.Properties.Listener, r.Properties.PathMap = d.ref(listeners, e.name), d.ref(pathMaps, names.pathMap)
	d.add(rules, r)
	return nil
}
