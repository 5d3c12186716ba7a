package armsim_test

import (
	"net/http"
	"testing"

	"certgate/localstack/armsim"
)

func TestAVersionThatThereIsNotIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, armsim.Options{})
	b.add(t, b.document(t))
	for query, want := range map[string]int{"": 400, "?api-version=": 400, "?api-version=latest": 400, "?api-version=2099-01-01": 400, "?api-version=2025-07-01": 200, "?api-version=2019-09-01": 200} {
		if reply := b.call(t, http.MethodGet, b.id+query, nil); reply.StatusCode != want {
			t.Errorf("GET %q: %d, want %d", query, reply.StatusCode, want)
		}
	}
}
