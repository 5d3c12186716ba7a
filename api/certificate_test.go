package api_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/issuance/managed"
)

func TestTheDetailShowsTheChainThatClientsAreShown(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	leaf, other := selfSigned(t, "shop.example.com"), selfSigned(t, "old.example.com")
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Thumbprint, r.Served = managed.SHA1Thumbprint(leaf), managed.ServedNone
	})
	w.gateway.versions = map[string][]byte{"shop-example-com/v2": leaf}
	id := w.started("shop.example.com")
	w.end(id, true)
	again := w.started("shop.example.com")
	w.started("other.example.com")
	for _, c := range []struct {
		name   string
		served [][]byte
		chain  int
		state  string
	}{
		{"served now", [][]byte{leaf, other}, 2, "ok"},
		{"something else is served", [][]byte{other}, 1, "notServed"},
		{"nothing is served", nil, 1, "notServed"},
	} {
		w.gateway.chain = c.served
		r := w.call("GET", "/api/certificates/shop-example-com", "")
		chain, _ := r.body["chain"].([]any)
		if r.status != 200 || len(chain) != c.chain || r.body["state"] != c.state || chain[0].(map[string]any)["subject"] != "CN=shop.example.com" {
			t.Errorf("%s: %d %s", c.name, r.status, r.raw)
		}
		instances, _ := r.body["instances"].([]any)
		if len(instances) != 2 || r.body["version"] != "v2" || r.body["thumbprint"] != managed.SHA1Thumbprint(leaf) {
			t.Errorf("%s: %s", c.name, r.raw)
		}
		for _, want := range []string{again, id} {
			if !strings.Contains(r.raw, want) {
				t.Errorf("%s: instance %s is not shown", c.name, want)
			}
		}
	}
}

// Between two looks of the watchdog somebody may have changed the gateway.
func TestTheDetailSaysWhatIsServedAtThisMoment(t *testing.T) {
	t.Parallel()
	w := managedWorld(t)
	leaf := selfSigned(t, "shop.example.com")
	before := w.clock.Now().Add(-3 * time.Hour)
	w.manages("shop.example.com", func(r *managed.Record) {
		r.Thumbprint, r.Before, r.Served, r.ServedAt = managed.SHA1Thumbprint(leaf), managed.SHA1Thumbprint([]byte("before")), managed.ServedCurrent, before
	})
	for _, c := range []struct {
		name          string
		shown         [][]byte
		silent        bool
		served, state string
	}{
		{"the listener is gone", nil, false, "none", "notServed"},
		{"another certificate", [][]byte{selfSigned(t, "*.example.com")}, false, "other", "notServed"},
		{"the version before", [][]byte{[]byte("before")}, false, "previous", "notServed"},
		{"no answer this once", nil, true, "unknown", "ok"},
		{"this one", [][]byte{leaf}, false, "current", "ok"},
	} {
		w.gateway.chain, w.gateway.silent = c.shown, c.silent
		r := w.call("GET", "/api/certificates/shop-example-com", "")
		if r.body["served"] != c.served || r.body["state"] != c.state || r.body["servedAt"] != w.clock.Now().UTC().Format("2006-01-02T15:04:05.000Z") {
			t.Errorf("%s: %v, %v, %v: want %s, %s", c.name, r.body["served"], r.body["state"], r.body["servedAt"], c.served, c.state)
		}
	}
}
