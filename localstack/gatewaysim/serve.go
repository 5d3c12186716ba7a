package gatewaysim

import (
	"net"
	"net/http"
	"strings"

	"certgate/localstack/armsim/gatewaydoc"
)

const challengePath = "/.well-known/acme-challenge/"

// way is where a request goes: a redirect, or a pool with settings.
type way struct {
	redirect, pool, settings *gatewaydoc.Ref
	matched                  string // the part of the path that a path rule has matched
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, number int) {
	if override := g.options.ChallengeOverride; override != nil && strings.HasPrefix(r.URL.Path, challengePath) && override(w, r) {
		return
	}
	s := g.sites.Load()
	p := s.ports[number]
	if p == nil {
		http.Error(w, "502 Bad Gateway", http.StatusBadGateway)
		return
	}
	site := p.match(hostname(r.Host))
	if site == nil {
		http.Error(w, "404 Not Found", http.StatusNotFound)
		return
	}
	to := s.way(site.rule, r.URL.Path)
	if redirect := gatewaydoc.Find(s.document.Properties.Redirects, to.redirect); redirect != nil {
		s.redirect(w, r, redirect.Properties)
		return
	}
	g.forward(w, r, s.document, to)
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return hostport
}

// way follows the rule, through its path map if it has one.
func (s *sites) way(rule gatewaydoc.RoutingRule, path string) way {
	m := gatewaydoc.Find(s.document.Properties.URLPathMaps, rule.PathMap)
	if m == nil {
		return way{redirect: rule.Redirect, pool: rule.Pool, settings: rule.Settings}
	}
	for _, r := range m.Properties.PathRules {
		for _, pattern := range r.Properties.Paths {
			if matched, ok := pathMatches(pattern, path); ok {
				return way{redirect: r.Properties.Redirect, pool: r.Properties.Pool, settings: r.Properties.Settings, matched: matched}
			}
		}
	}
	p := m.Properties
	return way{redirect: p.DefaultRedirect, pool: p.DefaultPool, settings: p.DefaultSettings}
}

// pathMatches compares without case; * stands at the end only. matched is the
// part of the path that the pattern names.
func pathMatches(pattern, path string) (matched string, ok bool) {
	prefix, wild := strings.CutSuffix(pattern, "*")
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) || !wild && len(path) != len(prefix) {
		return "", false
	}
	return path[:len(prefix)], true
}
