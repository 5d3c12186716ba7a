package api_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"certgate/api"
	"certgate/internal/inventory"
	"certgate/internal/principal"
	"certgate/internal/principal/principaltest"
)

func (w *world) lookAt(context.Context, *inventory.Row, time.Time) inventory.Served { return w.looked }

// surveyed stores the row of a listener, 30 days old of 90.
func (w *world) surveyed(hostname string, change func(*inventory.Stored)) {
	w.t.Helper()
	now := w.clock.Now()
	name := strings.ReplaceAll(hostname, ".", "-")
	r := &inventory.Stored{Row: inventory.Row{
		Kind: inventory.KindListener, Name: name, Collection: "httpListeners", Hostnames: []string{hostname}, Port: 443, Frontend: "public", Addresses: []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		Entry: name, Source: inventory.SourceKeyVault, SecretID: "https://v.vault.azure.net/secrets/" + name, Vault: "v",
		Certificate: &inventory.Certificate{Subject: hostname, Names: []string{hostname}, Issuer: "Test CA", KeyType: "RSA-2048", NotBefore: now.Add(-30 * 24 * time.Hour), NotAfter: now.Add(60 * 24 * time.Hour), Thumbprint: "AB"},
		Served:      inventory.Served{State: inventory.ServedSame, At: now},
		RenewedBy:   inventory.RenewedBy{Who: inventory.Acmebot, Sure: true},
	}}
	if change != nil {
		change(r)
	}
	r.Judge(now)
	if err := w.rows.SaveRows(w.t.Context(), []*inventory.Stored{r}, nil); err != nil {
		w.t.Fatal(err)
	}
}

type shownListeners struct {
	Listeners []struct{ Name, State, Reason string }
	Total     int
	States    map[string]int
}

func (w *world) listed(query string) (names string, body shownListeners) {
	w.t.Helper()
	r := w.callWith("GET", "/api/listeners?"+query, "", principal.Header, principaltest.ClientPrincipal("aad", "eve@example.com", principal.Reader))
	if err := json.Unmarshal([]byte(r.raw), &body); err != nil || r.status != 200 {
		w.t.Fatalf("%s: %d %s", query, r.status, r.raw)
	}
	for _, l := range body.Listeners {
		names += l.Name + " "
	}
	return strings.TrimSpace(names), body
}

func surveyedWorld(t *testing.T) *world {
	w := newWorld(t)
	w.surveyed("fine.example.com", nil)
	w.surveyed("blocked.example.com", func(r *inventory.Stored) { r.Pinned = "0123" })
	w.surveyed("alone.example.com", func(r *inventory.Stored) { r.RenewedBy = inventory.RenewedBy{Who: inventory.Nobody} })
	w.surveyed("soon.example.com", func(r *inventory.Stored) {
		r.RenewedBy, r.Certificate.NotAfter = inventory.RenewedBy{Who: inventory.Nobody}, w.clock.Now().Add(time.Hour)
	})
	return w
}

func TestListenersAreListedTheWorstFirst(t *testing.T) {
	t.Parallel()
	w := surveyedWorld(t)
	for query, want := range map[string]string{
		"":                             "blocked-example-com soon-example-com alone-example-com fine-example-com",
		"sort=name":                    "alone-example-com blocked-example-com fine-example-com soon-example-com",
		"sort=expiry&top=2":            "soon-example-com alone-example-com",
		"state=unattended":             "soon-example-com alone-example-com",
		"renewedBy=ACMEBOT":            "blocked-example-com fine-example-com",
		"search=ALONE":                 "alone-example-com",
		"state=blocked&search=nothing": "",
	} {
		if names, body := w.listed(query); names != want || body.States["unattended"] != 2 {
			t.Errorf("%s: %s, %v; want %s", query, names, body.States, want)
		}
	}
	if _, body := w.listed("top=1"); len(body.Listeners) != 1 || body.Total != 4 || !strings.Contains(body.Listeners[0].Reason, "0123") {
		t.Errorf("%+v", body)
	}
	// One page is one reading of the store.
	before := w.rows.Reads
	w.listed("state=elsewhere")
	if w.rows.Reads != before+1 {
		t.Errorf("%d readings", w.rows.Reads-before)
	}
	for _, query := range []string{"state=good", "renewedBy=me", "sort=date", "top=0", "top=x", "format=xml", "sate=ok", "search=" + strings.Repeat("a", 300)} {
		if r := w.call("GET", "/api/listeners?"+query, ""); r.status != 400 || !strings.Contains(r.raw, api.CodeQueryNotValid) {
			t.Errorf("%s: %d %s", query, r.status, r.raw)
		}
	}
}

func TestListenersComeAsATableForSpreadsheets(t *testing.T) {
	t.Parallel()
	w := surveyedWorld(t)
	w.surveyed("odd.example.com", func(r *inventory.Stored) { r.Certificate.Issuer = "=cmd()" })
	r := w.call("GET", "/api/listeners?format=csv&sort=name", "")
	lines := strings.Split(strings.TrimSpace(r.raw), "\r\n")
	if r.status != 200 || len(lines) != 6 || !strings.HasPrefix(lines[0], "kind,name,hostnames,port,state,renewedBy,") || !strings.Contains(lines[2], "listener,blocked-example-com,blocked.example.com,443,blocked,acmebot,true,") {
		t.Errorf("%d\n%s", r.status, r.raw)
	}
	if !strings.Contains(r.raw, "'=cmd()") {
		t.Error("a spreadsheet takes a stranger's text for a formula")
	}
}

func TestOneListenerIsShownAsItIsServedNow(t *testing.T) {
	t.Parallel()
	w := surveyedWorld(t)
	w.looked = inventory.Served{State: inventory.ServedUnknown}
	if r := w.call("GET", "/api/listeners/FINE-example-com", ""); r.status != 200 || !strings.Contains(r.raw, `"state":"elsewhere"`) || strings.Contains(r.raw, "alarm") {
		t.Errorf("%d %s", r.status, r.raw)
	}
	w.looked = inventory.Served{State: inventory.ServedNone, At: w.clock.Now()}
	if r := w.call("GET", "/api/listeners/fine-example-com", ""); r.status != 200 || !strings.Contains(r.raw, `"state":"dead"`) {
		t.Errorf("%d %s", r.status, r.raw)
	}
	for path, status := range map[string]int{"none": 404, "fine-example-com?kind=entry": 404, "fine-example-com?kind=thing": 400} {
		if r := w.call("GET", "/api/listeners/"+path, ""); r.status != status {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
}
