package takeover_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/inventory"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/takeover"
)

const shop = "shop.example.com"

var (
	acmebots = map[string]string{"Acmebot": `{"endpoint":"acme-v02.api.letsencrypt.org"}`, "CostCentre": "4711"}
	ours     = map[string]string{"Hostname": shop, "ManagedBy": "certgate", "CostCentre": "4711"}
)

func TestAnAdoptedCertificateStaysAsItIsAndChangesItsRenewer(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(*world){
		"each message once":          func(*world) {},
		"each message twice":         func(w *world) { w.pump.Twice = true },
		"each message's end is lost": func(w *world) { w.pump.LoseDeletes = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			set(w)
			w.adds(shop, acmebots)
			inst := w.takes(shop, takeover.Wish{})
			if inst.Status != durable.Completed || !strings.Contains(string(inst.Output), `"renewedBy":"acmebot"`) {
				t.Fatalf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
			}
			if !maps.Equal(w.certs[nameOf(shop)].Tags, ours) || w.certs[nameOf(shop)].Version != "v1" || len(w.points) != 0 {
				t.Errorf("%+v, %d changes of the gateway", w.certs[nameOf(shop)], len(w.points))
			}
			r := w.record(shop)
			if r.Adopted == nil || !maps.Equal(r.Adopted.Tags, acmebots) || r.NextCheck.IsZero() || r.RenewAt.IsZero() || !r.Foreign() {
				t.Errorf("%+v", r)
			}
			start, err := issuance.Renewal(r, "", "")
			if err != nil || strings.Contains(string(start.Input), `"replaces"`) || !strings.Contains(string(start.Input), `"keyType":"EC-P256"`) {
				t.Errorf("its renewal is %s, %v", start.Input, err)
			}
		})
	}
}

func TestAPinnedReferenceFollowsRenewalsAfterwards(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds(shop, acmebots)
	f := w.found[nameOf(shop)]
	f.SecretID += "/0123"
	w.found[nameOf(shop)] = f
	if inst := w.takes(shop, takeover.Wish{How: takeover.Adopt}); inst.Status != durable.Completed || len(w.points) != 1 || w.found[nameOf(shop)].SecretID != vaultURL+"/secrets/shop-example-com" {
		t.Fatalf("%s %+v, %+v", inst.Status, inst.Custom, w.points)
	}
}

// What the proof does not show is put back: reference, tags, record.
func TestATakeOverWhoseProofFailsLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds(shop, acmebots)
	f := w.found[nameOf(shop)]
	f.SecretID += "/0123"
	w.found[nameOf(shop)] = f
	w.appears = func() { w.served[shop] = w.leaf(shop) } // another one is served from now on
	inst := w.takes(shop, takeover.Wish{})
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeNotServed || !strings.Contains(inst.Custom.Message, "put back") {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	if !maps.Equal(w.certs[nameOf(shop)].Tags, acmebots) || w.found[nameOf(shop)].SecretID != vaultURL+"/secrets/shop-example-com/0123" {
		t.Errorf("%v %s", w.certs[nameOf(shop)].Tags, w.found[nameOf(shop)].SecretID)
	}
	if _, err := w.records.Record(t.Context(), nameOf(shop)); !errors.Is(err, durable.ErrNotFound) {
		t.Errorf("the record: %v", err)
	}
}

func TestSomebodyAtWorkIsWaitedForAndAVersionBetweenIsTakenToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds(shop, acmebots)
	began := w.clock.Now()
	w.busy = func() bool { return w.clock.Now().Sub(began) < 20*time.Minute }
	w.appears = func() { w.renews(shop, acmebots) }
	if inst := w.takes(shop, takeover.Wish{}); inst.Status != durable.Completed {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	if c := w.certs[nameOf(shop)]; c.Version != "v11" || !maps.Equal(c.Tags, ours) || w.record(shop).Version != "v11" {
		t.Errorf("%+v", c)
	}
	w.adds("busy.example.com", acmebots)
	w.busy = func() bool { return true }
	if inst := w.takes("busy.example.com", takeover.Wish{}); inst.Custom.Error != issuance.CodeTakeOverAtWork || !maps.Equal(w.certs["busy-example-com"].Tags, acmebots) {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

func TestGivenBackItIsRenewedByItsFormerManager(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.pump.Twice = true
	w.adds(shop, acmebots)
	w.takes(shop, takeover.Wish{})
	start, err := takeover.GiveBackStart(nameOf(shop), w.record(shop))
	if err != nil {
		t.Fatal(err)
	}
	if inst := w.runs(start); inst.Status != durable.Completed || !maps.Equal(w.certs[nameOf(shop)].Tags, acmebots) || !w.record(shop).Retired || len(w.points) != 0 {
		t.Fatalf("%s %+v %v", inst.Status, inst.Custom, w.certs[nameOf(shop)].Tags)
	}
	// Once more, and somebody changes the tags before it is given back: they stay.
	if inst := w.takes(shop, takeover.Wish{}); inst.Status != durable.Completed {
		t.Fatalf("again: %s %+v", inst.Status, inst.Custom)
	}
	theirs := map[string]string{"team": "web"}
	w.certs[nameOf(shop)].Tags = maps.Clone(theirs)
	if inst := w.runs(start); inst.Status != durable.Completed || !maps.Equal(w.certs[nameOf(shop)].Tags, theirs) {
		t.Fatalf("%s %+v %v", inst.Status, inst.Custom, w.certs[nameOf(shop)].Tags)
	}
}

func TestAListenerThatWasReplacedGetsItsFormerEntryAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.adds(shop, nil)
	r := &managed.Record{Name: nameOf(shop), Hostnames: []string{shop}, Former: []managed.Former{{Listener: nameOf(shop), Entry: "old"}}}
	if err := w.records.SaveRecord(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	start, err := takeover.GiveBackStart(nameOf(shop), r)
	if err != nil {
		t.Fatal(err)
	}
	if inst := w.runs(start); inst.Status != durable.Completed || w.found[nameOf(shop)].Entry != "old" || !w.record(shop).Retired {
		t.Fatalf("%s %+v %+v", inst.Status, inst.Custom, w.found[nameOf(shop)])
	}
}

func TestADryRunSaysWhatWouldBecomeOfEach(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, f *inventory.Found)
		how    takeover.How
		want   string
	}{
		"acmebot's":             {nil, "", "adopt"},
		"acmebot's, ordered":    {nil, takeover.Order, "order"},
		"private":               {func(_ *world, f *inventory.Found) { f.Public = false }, "", "TakeOverPrivate"},
		"another port":          {func(_ *world, f *inventory.Found) { f.Port = 8443 }, "", "TakeOverPort"},
		"no hostname":           {func(_ *world, f *inventory.Found) { f.Hostnames = nil }, "", "TakeOverNoHostname"},
		"a TLS proxy":           {func(_ *world, f *inventory.Found) { f.Collection = "listeners" }, "", "TakeOverTlsProxy"},
		"another vault":         {func(_ *world, f *inventory.Found) { f.SecretID = "https://other.vault.azure.net/secrets/x" }, takeover.Adopt, "TakeOverOtherVault"},
		"another vault, either": {func(_ *world, f *inventory.Found) { f.SecretID = "https://other.vault.azure.net/secrets/x" }, "", "order"},
		"uploaded":              {func(_ *world, f *inventory.Found) { f.SecretID, f.PublicData = "", []string{"AAAA"} }, takeover.Adopt, "TakeOverUploaded"},
		"a managed HSM":         {func(_ *world, f *inventory.Found) { f.SecretID, f.HSM = "", true }, takeover.Adopt, "TakeOverHsm"},
		"the vault renews it":   {func(w *world, _ *inventory.Found) { w.issuer = "DigiCert"; w.certs[nameOf(shop)].Tags = nil }, takeover.Adopt, "TakeOverIntegratedIssuer"},
		"another is served":     {func(w *world, _ *inventory.Found) { w.served[shop] = w.leaf(shop) }, takeover.Adopt, "TakeOverNotServed"},
		"two hostnames":         {func(_ *world, f *inventory.Found) { f.Hostnames = []string{shop, "www.example.com"} }, takeover.Adopt, "TakeOverSeveralNames"},
		"AGIC, adopted":         {func(w *world, _ *inventory.Found) { w.ingress = true }, "", "adopt"},
		"AGIC, ordered":         {func(w *world, _ *inventory.Found) { w.ingress = true }, takeover.Order, "TakeOverTemplateOwned"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.adds(shop, acmebots)
			if c.change != nil {
				f := w.found[nameOf(shop)]
				c.change(w, &f)
				w.found[nameOf(shop)] = f
			}
			plan, err := w.ports.Plan(t.Context(), w.clock.Now(), []string{nameOf(shop)}, takeover.Wish{How: c.how})
			if err != nil || len(plan.Listeners) != 1 {
				t.Fatalf("%+v, %v", plan, err)
			}
			v := plan.Listeners[0]
			if got := string(v.Verdict); got != c.want && v.Code != c.want || v.Verdict == takeover.Refused && v.Message == "" || v.Verdict != takeover.Refused && len(v.Changes) == 0 {
				t.Errorf("%+v, want %s", v, c.want)
			}
			if inst := w.takes(shop, takeover.Wish{How: takeover.Adopt}); v.Code != "" && c.how != takeover.Order && inst.Custom.Error != v.Code {
				t.Errorf("the take-over says %+v, the dry run %s", inst.Custom, v.Code)
			}
		})
	}
}

// Authorities count the orders of a registered domain by the week.
func TestOrdersOfOneDomainAreSpreadOverWeeks(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	var plan takeover.Plan
	for i := range 60 {
		plan.Listeners = append(plan.Listeners, takeover.Verdict{Hostnames: []string{fmt.Sprintf("h%02d.example.co.uk", i)}, Verdict: takeover.Order})
	}
	plan.Listeners = append(plan.Listeners, takeover.Verdict{Hostnames: []string{"other.example.com"}, Verdict: takeover.Order}, takeover.Verdict{Verdict: takeover.Refused})
	plan.Count(now, 0)
	s := plan.Sum
	if s.OrdersNow != 26 || s.Order != 61 || s.Refused != 1 || s.OrdersByDomain["example.co.uk"] != 60 || s.GatewayWrites != 1 || !s.DoneAbout.Equal(now.AddDate(0, 0, 14)) {
		t.Errorf("%+v", s)
	}
	if at := plan.Listeners[25].StartsAt; !at.Equal(now.AddDate(0, 0, 7)) || !plan.Listeners[24].StartsAt.IsZero() {
		t.Errorf("the 26th is planned for %s", at)
	}
}
