package api_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"certgate/api"
)

func TestHealthTellsWhatAnswersAndNothingMore(t *testing.T) {
	t.Parallel()
	broken := func(context.Context) error { return errors.New("dial tcp 10.1.2.3: secret") }
	fine := func(context.Context) error { return nil }
	for _, c := range []struct {
		name    string
		storage func(context.Context) error
		vault   func(context.Context) error
		status  int
		says    string
	}{
		{"all is well", fine, fine, 200, "Healthy"},
		{"the vault is away", fine, broken, 200, "Degraded"},
		{"storage is away", broken, fine, 503, "Unhealthy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, api.Check{Name: "storage", Vital: true, Run: c.storage}, api.Check{Name: "keyVault", Run: c.vault})
			r := w.call("GET", "/api/health", "")
			if r.status != c.status || r.body["status"] != c.says || r.body["version"] != "v1.2.3" || strings.Contains(r.raw, "10.1.2.3") {
				t.Errorf("%d %s, want %d %s", r.status, r.raw, c.status, c.says)
			}
		})
	}
}
