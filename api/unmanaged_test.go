package api_test

import (
	"net/http"
	"strings"
	"testing"

	"certgate/internal/inventory"
)

func TestAHostnameInAnotherManagersCareIsTakenOnlyOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("bot.example.com", nil)
	reads := w.rows.Reads
	for _, path := range []string{start, "/api/certificates"} {
		r := w.call("POST", path, `{"hostnames":[{"hostname":"Bot.example.com"}]}`)
		if r.status != http.StatusConflict || r.body["code"] != "ListenerHasManager" || !strings.Contains(r.raw, "Acmebot renews the certificate of bot.example.com on the listener bot-example-com") || !strings.Contains(r.raw, "takeOver") {
			t.Errorf("%s: %d %s", path, r.status, r.raw)
		}
	}
	if w.rows.Reads-reads != 2 {
		t.Errorf("two calls made %d requests", w.rows.Reads-reads)
	}
	w.wantNothingStored()
	r := w.call("POST", start, `{"hostnames":[{"hostname":"bot.example.com"}],"takeOver":true}`)
	if r.status != http.StatusAccepted {
		t.Fatalf("on demand: %d %s", r.status, r.raw)
	}
	if inst, err := w.store.Load(t.Context(), r.body["id"].(string)); err != nil || string(inst.Input) != `{"hostnames":[{"hostname":"bot.example.com"}],"takeOver":true}` {
		t.Errorf("%s %v", inst.Input, err)
	}
}

// No row, and everything that is in nobody's care, is no reason to refuse; nor is one of
// several hostnames, which fails alone.
func TestWhatIsInNobodysCareIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.surveyed("late.example.com", func(r *inventory.Stored) {
		r.Certificate.NotAfter = r.Certificate.NotBefore.AddDate(0, 0, 31)
	})
	w.surveyed("pinned.example.com", func(r *inventory.Stored) { r.Pinned = "0123" })
	w.surveyed("person.example.com", func(r *inventory.Stored) { r.RenewedBy.Who = inventory.Somebody })
	w.surveyed("self.example.com", func(r *inventory.Stored) {
		r.RenewedBy = inventory.RenewedBy{Who: inventory.KeyVault, Sure: true, Detail: "self-signed: no browser takes it"}
	})
	w.surveyed("port.example.com", func(r *inventory.Stored) { r.Port = 8443 })
	w.surveyed("private.example.com", func(r *inventory.Stored) { r.Frontend = "private" })
	w.surveyed("bot.example.com", nil)
	for _, host := range []string{"late", "pinned", "person", "self", "port", "private", "new"} {
		if r := w.call("POST", start, `{"hostnames":[{"hostname":"`+host+`.example.com"}]}`); r.status != http.StatusAccepted {
			t.Errorf("%s: %d %s", host, r.status, r.raw)
		}
	}
	if r := w.call("POST", "/api/certificates", `{"hostnames":[{"hostname":"bot.example.com"},{"hostname":"two.example.com"}]}`); r.status != http.StatusAccepted {
		t.Errorf("several: %d %s", r.status, r.raw)
	}
}
