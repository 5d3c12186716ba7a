package survey_test

import (
	"strings"
	"testing"

	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
)

// records stores the record of a certificate that certgate looks after.
func (w *world) keeps(hostname string, change func(*managed.Record)) {
	w.t.Helper()
	name := strings.ReplaceAll(hostname, ".", "-")
	r := &managed.Record{Hostnames: []string{hostname}}
	if err := r.Take(name, "v1", vault+"/secrets/"+name, w.vault[name].Leaf); err != nil {
		w.t.Fatal(err)
	}
	r.Served, r.ServedAt = managed.ServedCurrent, w.clock.Now()
	change(r)
	if err := w.records.SaveRecord(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

var certgates = map[string]string{"ManagedBy": "certgate", "Hostname": "shop.example.com"}

func TestWhatATemplatePutsBackIsToldOnceAndOnceWhenItIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("shop.example.com", certgates)
	w.keeps("shop.example.com", func(r *managed.Record) {
		r.Former = []managed.Former{{Listener: "shop-example-com", Entry: "by-hand"}}
	})
	w.wants(1)
	own := w.gateway.Found[0]
	old := own
	old.Entry, old.SecretID, old.PublicData = "by-hand", vault+"/secrets/old", nil
	w.renews("old", nil)
	w.served["shop.example.com"] = w.leaf("shop.example.com", w.clock.Now(), 90*aDay)
	w.gateway.Found[0] = old
	w.wants(1, "blocked shop.example.com")
	if r := w.row("shop-example-com"); r.State != inventory.Reverted || !strings.Contains(r.Fix, vault+"/secrets/shop-example-com") {
		t.Errorf("%+v", r)
	}
	w.wants(30)
	w.gateway.Found[0] = own
	w.wants(1, "recovered shop.example.com")
}

func TestAnotherManagerThatComesBackIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds("shop.example.com", certgates)
	w.keeps("shop.example.com", func(r *managed.Record) { r.Adopted = &managed.Adoption{Listener: "shop-example-com", Version: "v1"} })
	w.wants(1)
	if r := w.row("shop-example-com"); r.State != inventory.IsManaged {
		t.Errorf("%+v", r)
	}
	facts := w.vault["shop-example-com"]
	facts.Tags = acmebot
	w.vault["shop-example-com"] = facts
	w.wants(25, "blocked shop.example.com")
	if r := w.row("shop-example-com"); r.State != inventory.Contested || !strings.Contains(r.Reason, "Acmebot") {
		t.Errorf("%+v", r)
	}
	facts.Tags = map[string]string{"team": "web"} // somebody imports a version
	w.vault["shop-example-com"] = facts
	w.wants(2)
	facts.Tags = certgates
	w.vault["shop-example-com"] = facts
	w.wants(2, "recovered shop.example.com")
}
