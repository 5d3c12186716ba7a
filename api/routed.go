package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// routeTable is the methods that each route takes.
type routeTable map[string][]string

func tableOf(router chi.Router) routeTable {
	table := routeTable{}
	// The walk returns the error of its function, which has none.
	_ = chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		table[route] = append(table[route], method)
		if method == http.MethodGet {
			table[route] = append(table[route], http.MethodHead)
		}
		return nil
	})
	return table
}

// match finds the route of an address, whose fixed segments may be in any letter
// case, as under the predecessor's host, and the address as the route spells it.
// Parameters keep their case. ok is false if there is none.
func (t routeTable) match(address string) (methods []string, spelled string, ok bool) {
	segments := strings.Split(address, "/")
	fixed := -1
	for route, takes := range t {
		parts := strings.Split(route, "/")
		if len(parts) != len(segments) {
			continue
		}
		n := 0
		for i, part := range parts {
			if strings.HasPrefix(part, "{") && segments[i] != "" {
				parts[i] = segments[i]
			} else if strings.EqualFold(part, segments[i]) {
				n++
			} else {
				n = -1
				break
			}
		}
		if n > fixed {
			fixed, methods, spelled = n, takes, strings.Join(parts, "/")
		}
	}
	slices.Sort(methods)
	return methods, spelled, fixed >= 0
}

// asRouted is the address that the router goes by.
func asRouted(r *http.Request) string {
	if r.URL.RawPath != "" {
		return r.URL.RawPath
	}
	return r.URL.Path
}

// headKey marks a GET that was a HEAD.
type headKey struct{}

func isHead(r *http.Request) bool { return r.Context().Value(headKey{}) != nil }

// routed gives a request the address that its route has, and makes HEAD what it is: a
// GET whose body is not sent, with all that holds for a GET. Everything behind it, the
// sign-in as well, goes by that.
func (t routeTable) routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		methods, spelled, ok := t.match(asRouted(r))
		if !ok { // below /api that is said to those alone who have signed in
			spelled = asRouted(r)
			if first, rest, _ := strings.Cut(strings.TrimPrefix(spelled, "/"), "/"); strings.EqualFold(first, "api") {
				spelled = "/api/" + rest
			}
		}
		// The router finds the route by itself: what one in front has noted of the call, its
		// method above all, is not for this one.
		r = r.Clone(context.WithValue(r.Context(), chi.RouteCtxKey, (*chi.Context)(nil)))
		if r.URL.RawPath != "" {
			r.URL.RawPath = spelled
		} else {
			r.URL.Path = spelled
		}
		if r.Method == http.MethodHead && slices.Contains(methods, http.MethodHead) {
			r.Method = http.MethodGet
			r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
		}
		next.ServeHTTP(w, r)
	})
}
