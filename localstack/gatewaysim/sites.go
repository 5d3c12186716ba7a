package gatewaysim

import (
	"cmp"
	"math"
	"path"
	"slices"
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

// sites is a document made ready to be served. It is never changed.
type sites struct {
	document *gatewaydoc.Document
	ports    map[int]*portSites
}

// portSites are the sites of a frontend port in the order in which they are asked.
type portSites struct {
	https bool
	sites []*site
}

// site is a listener with its rule. A listener without rule is no site.
type site struct {
	hosts       []string // patterns in lower case; none means every host
	certificate string   // name in the document
	rule        gatewaydoc.RoutingRule
}

func compile(d *gatewaydoc.Document) *sites {
	out := &sites{document: d, ports: map[int]*portSites{}}
	for _, rule := range inOrder(d) {
		listener := gatewaydoc.Find(d.Properties.HTTPListeners, rule.Properties.Listener)
		if listener == nil {
			continue
		}
		l := listener.Properties
		port := gatewaydoc.Find(d.Properties.FrontendPorts, l.FrontendPort)
		if port == nil {
			continue
		}
		p := out.ports[port.Properties.Port]
		if p == nil {
			p = &portSites{https: l.HTTPS()}
			out.ports[port.Properties.Port] = p
		}
		p.sites = append(p.sites, &site{hosts: l.Hosts(), certificate: l.SSLCertificate.Name(), rule: rule.Properties})
	}
	return out
}

// inOrder sorts the rules by priority; without one, by how exact their hosts are.
func inOrder(d *gatewaydoc.Document) []gatewaydoc.Child[gatewaydoc.RoutingRule] {
	priority := func(r gatewaydoc.Child[gatewaydoc.RoutingRule]) int {
		if r.Properties.Priority == nil {
			return math.MaxInt
		}
		return *r.Properties.Priority
	}
	vagueness := func(r gatewaydoc.Child[gatewaydoc.RoutingRule]) int {
		l := gatewaydoc.Find(d.Properties.HTTPListeners, r.Properties.Listener)
		switch {
		case l == nil || len(l.Properties.Hosts()) == 0:
			return 2
		case strings.ContainsAny(strings.Join(l.Properties.Hosts(), ""), "*?"):
			return 1
		}
		return 0
	}
	rules := slices.Clone(d.Properties.Rules)
	slices.SortStableFunc(rules, func(a, b gatewaydoc.Child[gatewaydoc.RoutingRule]) int {
		return cmp.Or(cmp.Compare(priority(a), priority(b)), cmp.Compare(vagueness(a), vagueness(b)))
	})
	return rules
}

// match is the site for a host name, nil if there is none.
func (p *portSites) match(host string) *site {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	for _, s := range p.sites {
		if len(s.hosts) == 0 || slices.ContainsFunc(s.hosts, func(pattern string) bool { return hostMatches(pattern, host) }) {
			return s
		}
	}
	return nil
}

// hostMatches: * stands for any characters, dots too (unlike in certificates),
// ? for one.
func hostMatches(pattern, host string) bool {
	if !strings.ContainsAny(pattern, "*?") {
		return pattern == host
	}
	ok, err := path.Match(pattern, host)
	return err == nil && ok
}
