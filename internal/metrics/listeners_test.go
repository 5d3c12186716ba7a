package metrics_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"certgate/internal/inventory"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/metrics"
)

func TestListenersAreCountedWithTheirTroubles(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	now := w.Clock.Now()
	rows := &inventorytest.Rows{}
	row := func(name, collection string, change func(*inventory.Stored)) {
		r := &inventory.Stored{Row: inventory.Row{Kind: inventory.KindListener, Name: name, Collection: collection, Source: inventory.SourceKeyVault, RenewedBy: inventory.RenewedBy{Who: inventory.Nobody},
			Certificate: &inventory.Certificate{NotBefore: now.Add(-80 * 24 * time.Hour), NotAfter: now.Add(10 * 24 * time.Hour)}, Served: inventory.Served{State: inventory.ServedSame}}}
		change(r)
		r.Judge(now)
		if err := rows.SaveRows(t.Context(), []*inventory.Stored{r}, nil); err != nil {
			t.Fatal(err)
		}
	}
	row("alone", "httpListeners", func(*inventory.Stored) {})
	row("alone", "listeners", func(*inventory.Stored) {})
	row("own", "httpListeners", func(r *inventory.Stored) { r.ManagedCertificate = "own" })
	row("dead", "httpListeners", func(r *inventory.Stored) { r.Trouble = inventory.Deleted })
	row("dead", "httpListeners", func(r *inventory.Stored) { r.Gateway, r.Trouble = "eu", inventory.Deleted }) // of the same name
	looks := &storage{Store: w.Store, Queue: w.Queue}
	m := metrics.New(metrics.Config{Records: w.Records, Listeners: rows, Instances: looks, Backlog: looks, Queue: looks, Limits: looks, Clock: w.Clock.Now})
	text := served(t, m)
	for _, want := range []string{
		`certgate_listeners{gateway="default",state="unattended"} 2`, `certgate_listeners{gateway="default",state="managed"} 1`, `certgate_listeners{gateway="default",state="dead"} 1`, `certgate_listeners{gateway="default",state="expired"} 0`,
		`certgate_listener_problem{gateway="default",listener="alone",problem="expiring"} 1`, `certgate_listener_problem{gateway="default",listener="dead",problem="dead"} 1`,
		`certgate_listeners{gateway="eu",state="dead"} 1`, `certgate_listener_problem{gateway="eu",listener="dead",problem="dead"} 1`,
		`certgate_listener_expiry_timestamp_seconds{gateway="default",listener="alone",renewed_by="nobody",source="keyVault"} `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(text, `listener="own"`) {
		t.Error("certgate's own certificate is counted twice")
	}
}

func served(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/metrics", nil))
	return rec.Body.String()
}
