package preflight_test

import (
	"fmt"
	"testing"

	"certgate/internal/inventory"
)

func TestPreflightSaysHowTheGatewaysListenersFare(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{bend: set("tags.managed-by-k8s-ingress", `"1.7.2"`)})
	found, _ := w.run("")
	w.want(found, "listeners", "ok", "not surveyed yet")
	w.want(found, "neighbours", "ok", "Nobody else")
	w.want(found, "templates", "not", "Ingress Controller", "appgw-ssl-certificate")

	var rows []*inventory.Stored
	for i := range 8 {
		rows = append(rows, &inventory.Stored{Row: inventory.Row{Kind: inventory.KindListener, Name: fmt.Sprintf("l%d", i), State: inventory.Blocked, RenewedBy: inventory.RenewedBy{Who: inventory.Acmebot}}})
	}
	if err := w.config.Listeners.SaveRows(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
	found, _ = w.run("")
	w.want(found, "listeners", "not", "8 need somebody", "will not get its renewal", "…", "GET /api/listeners")
	w.want(found, "neighbours", "ok", "acmebot (8)")

	for _, r := range rows {
		r.State = inventory.Elsewhere
	}
	if err := w.config.Listeners.SaveRows(t.Context(), rows, nil); err != nil {
		t.Fatal(err)
	}
	found, _ = w.run("")
	w.want(found, "listeners", "ok", "Of 8", "none needs somebody")
}
