package api_test

import (
	"strings"
	"testing"

	"certgate/api"
)

func TestTheDescriptionHasEveryRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.call("GET", "/api/openapi.json", "")
	paths, _ := r.body["paths"].(map[string]any)
	described := map[string]bool{}
	for path, methods := range paths {
		for method := range methods.(map[string]any) {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	routes, err := api.Routes()
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range routes {
		if !described[route] {
			t.Errorf("openapi.json lacks %s", route)
		}
		delete(described, route)
	}
	for route := range described {
		t.Errorf("openapi.json has %s, the API has not", route)
	}
}
