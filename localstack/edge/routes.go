package edge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// table finds the handler of a host.
type table struct {
	exact    map[string]http.Handler
	patterns []pattern // longest suffix first
}

type pattern struct {
	suffix  string // ".vault.azure.net"
	handler http.Handler
}

func newTable(routes []Route) (table, error) {
	t := table{exact: map[string]http.Handler{}}
	seen := map[string]bool{}
	for _, r := range routes {
		host := strings.ToLower(r.Host)
		if host == "" || r.Handler == nil || seen[host] {
			return table{}, fmt.Errorf("route %q has no host, no handler, or is there twice", r.Host)
		}
		seen[host] = true
		handler := r.Handler
		for _, wrap := range slices.Backward(r.Middleware) {
			handler = wrap(handler)
		}
		if suffix, ok := strings.CutPrefix(host, "*"); ok {
			t.patterns = append(t.patterns, pattern{suffix: suffix, handler: handler})
		} else {
			t.exact[host] = handler
		}
	}
	slices.SortFunc(t.patterns, func(a, b pattern) int { return len(b.suffix) - len(a.suffix) })
	return t, nil
}

func (t table) find(host string) (http.Handler, bool) {
	if handler, ok := t.exact[host]; ok {
		return handler, true
	}
	for _, p := range t.patterns {
		if strings.HasSuffix(host, p.suffix) {
			return p.handler, true
		}
	}
	return nil, false
}
