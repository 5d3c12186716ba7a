package delivery_test

import (
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const (
	mailTarget = `{"mail":{"kind":"endpoint","for":["*.example.com"],"endpoints":["mail.example.com:465","10.0.0.7"],"withinMinutes":120}}`
	mailHost   = "192.0.2.10:465"
	proxyHost  = "10.0.0.7:443"
)

func TestAVersionIsDeliveredWhenEveryEndpointServesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailTarget)
	old := w.manages("shop.example.com", "v1")
	w.serve(mailHost, old...)
	w.serve(proxyHost, old...)
	w.clock.Advance(30 * 24 * time.Hour)
	fresh := w.issued("shop.example.com", "v2")
	if w.starts != 1 {
		t.Errorf("%d deliveries were started, want 1", w.starts)
	}
	w.runs(time.Minute)
	w.only(durable.Running, "mail.example.com:465 still serves an older certificate for shop.example.com (serial number")
	w.serve(mailHost, fresh...)
	w.runs(time.Minute)
	w.only(durable.Running, "10.0.0.7:443 still serves an older certificate")
	w.serve(proxyHost, fresh...)
	w.runs(time.Hour)
	w.only(durable.Completed, `"result":"served"`)
	if late := w.undelivered("shop.example.com"); len(late) > 0 {
		t.Errorf("told people of %q", late)
	}
	if w.asked[0] != "shop.example.com" {
		t.Errorf("the endpoint was asked for %q", w.asked[0])
	}
}

func TestWhatIsNotServedInTimeFailsAndSaysWhatIsThere(t *testing.T) {
	t.Parallel()
	const within = `{"edge":{"kind":"endpoint","for":["shop.example.com"],"endpoints":["192.0.2.9"],"withinMinutes":120}}`
	for _, c := range []struct {
		name  string
		serve func(w *world, fresh [][]byte)
		says  string
	}{
		{"nothing answers", func(*world, [][]byte) {}, "No TLS connection could be opened to 192.0.2.9:443."},
		{"no certificate for the name", func(w *world, _ [][]byte) { w.serve("192.0.2.9:443") }, "192.0.2.9:443 has no certificate for shop.example.com."},
		{"another certificate", func(w *world, _ [][]byte) {
			w.serve("192.0.2.9:443", w.issue(w.intermediate, "x", "other.example.com").Raw, w.intermediate.Raw)
		}, "192.0.2.9:443 serves another certificate for shop.example.com"},
		{"the leaf alone", func(w *world, fresh [][]byte) { w.serve("192.0.2.9:443", fresh[0]) }, "the intermediate certificate is missing: that of CN=Intermediate"},
		{"the leaf not first", func(w *world, fresh [][]byte) { w.serve("192.0.2.9:443", reversed(fresh)...) }, "the certificate stands at place 2 and not first"},
		{"out of order", func(w *world, fresh [][]byte) { w.serve("192.0.2.9:443", fresh[0], w.root.Raw, fresh[1]) }, "its chain is out of order: the certificate of CN=Intermediate does not follow"},
		{"another intermediate", func(w *world, fresh [][]byte) { w.serve("192.0.2.9:443", fresh[0], w.root.Raw) }, "an intermediate certificate is missing in its chain: that of CN=Intermediate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, within)
			fresh := w.issued("shop.example.com", "v1")
			c.serve(w, fresh)
			began := w.clock.Now()
			w.runs(24 * time.Hour)
			inst := w.only(durable.Failed, c.says)
			w.ends(inst, durable.Failed, "The target edge does not serve the newest version of certificate shop-example-com, 2 hours after it was there.")
			w.ends(inst, durable.Failed, "Check whatever brings the certificate from Key Vault to this server")
			if inst.Custom.Error != "CertificateNotDelivered" || inst.UpdatedAt.Sub(began) < 2*time.Hour || inst.UpdatedAt.Sub(began) > 3*time.Hour {
				t.Errorf("failed with %s after %s", inst.Custom.Error, inst.UpdatedAt.Sub(began))
			}
			if late := w.undelivered("shop.example.com"); len(late) != 1 || late[0] != "edge" {
				t.Errorf("undelivered %q", late)
			}
			r, _ := w.records.Record(t.Context(), "shop-example-com")
			if standing, reason := managed.StandingOf(r, w.clock.Now()); standing != managed.StandingNotServed {
				t.Errorf("it stands as %s: %s", standing, reason)
			}
		})
	}
}

func TestARootInTheChainOrAChainThatNobodyJudgesIsFine(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"a":{"kind":"endpoint","for":["*"],"endpoints":["192.0.2.9"]},"b":{"kind":"endpoint","for":["*"],"endpoints":["192.0.2.8"],"chain":"any"}}`)
	fresh := w.issued("shop.example.com", "v1")
	w.serve("192.0.2.9:443", fresh[0], fresh[1], w.root.Raw)
	w.serve("192.0.2.8:443", fresh[0])
	w.runs(time.Hour)
	for _, inst := range w.all() {
		w.ends(inst, durable.Completed, `"result":"served"`)
	}
}

func TestANewerVersionTakesADeliverysPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailTarget)
	w.issued("shop.example.com", "v1")
	w.runs(5 * time.Minute)
	fresh := w.issued("shop.example.com", "v2")
	w.serve(mailHost, fresh...)
	w.serve(proxyHost, fresh...)
	w.runs(24 * time.Hour)
	list := w.all()
	if len(list) != 2 {
		t.Fatalf("%d instances, want 2", len(list))
	}
	w.ends(list[0], durable.Completed, `"version":"v2","result":"served"`)
	w.ends(list[1], durable.Completed, `"version":"v1","result":"superseded"`)
}

func TestADeliveryEndsWithTheCertificateOrTheTarget(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world)
		says   string
	}{
		"retired": {func(w *world) {
			_ = managed.Change(w.t.Context(), w.records, "shop-example-com", func(r *managed.Record) bool { r.Retired = true; return true })
		}, "The certificate is retired."},
		"forgotten":      {func(w *world) { _ = w.records.DeleteRecord(w.t.Context(), "shop-example-com") }, "not managed any more"},
		"another target": {func(w *world) { w.Targets = nil }, "The settings do not name this target"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mailTarget)
			w.issued("shop.example.com", "v1")
			w.runs(time.Minute)
			c.change(w)
			w.runs(24 * time.Hour)
			w.only(durable.Completed, c.says)
		})
	}
}

func TestOnlyWhatGoesToATargetIsDelivered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailTarget)
	for _, hostname := range []string{"shop.example.org", "a.b.example.com", "example.com"} {
		w.issued(hostname, "v1")
	}
	w.manages("shop.example.com", "v1")
	w.ended(issuance.FlowRetireCertificate, "shop.example.com", "v1")
	if w.starts > 0 {
		t.Fatalf("%d deliveries were started", w.starts)
	}
	for _, flow := range []string{issuance.FlowImportCertificate, issuance.FlowRenewCertificate} {
		w.ended(flow, "shop.example.com", "v-of-"+flow)
	}
	w.ended(issuance.FlowAddCertificate, "*.example.com", "v1")
	if w.starts != 3 {
		t.Errorf("%d deliveries were started, want 3", w.starts)
	}
}

func TestAHostIsFoundWhereverItIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `{"inside":{"kind":"endpoint","for":["*.example.com"],"endpoints":["proxy.internal:8443"]},"itself":{"kind":"endpoint","for":["*.example.com"]},"unknown":{"kind":"endpoint","for":["*.example.com"],"endpoints":["nobody.example.org"]}}`)
	fresh := w.issued("*.example.com", "v1")
	w.serve("10.0.0.4:8443", fresh...)
	w.serve("192.0.2.1:443", fresh...)
	w.runs(time.Minute)
	want := map[string]string{"inside": "Served: proxy.internal:8443.", "itself": "Served: *.example.com:443.", "unknown": "nobody.example.org:443 cannot be looked at: DNS knows no address of nobody.example.org."}
	r, err := w.records.Record(t.Context(), "wildcard-example-com")
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range w.Show(t.Context(), r) {
		inst, err := w.store.Load(t.Context(), shown.Instance)
		if err != nil {
			t.Fatal(err)
		}
		says, status := want[shown.Name], durable.Completed
		if shown.Name == "unknown" {
			status = durable.Running
			if shown.Deadline.IsZero() || shown.Problem != says || shown.Served != managed.ServedNone {
				t.Errorf("it is shown as %+v", shown)
			}
		} else if shown.Problem != "" || shown.Served != managed.ServedCurrent || !shown.Deadline.IsZero() || shown.Since.IsZero() {
			t.Errorf("it is shown as %+v", shown)
		}
		w.ends(inst, status, says)
	}
}

func TestWhatHasGoneBackIsDeliveredOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mailTarget)
	r := func() *managed.Record {
		r, err := w.records.Record(t.Context(), "shop-example-com")
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	fresh := w.manages("shop.example.com", "v1") // by other means: no flow has ended
	again := func() {
		t.Helper()
		for range 3 {
			if err := w.Deliver(t.Context(), r(), "mail", w.clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	again()
	if w.starts != 1 {
		t.Fatalf("%d deliveries, want 1", w.starts)
	}
	w.serve(mailHost, fresh...)
	w.serve(proxyHost, fresh...)
	w.runs(time.Hour)
	w.serve(mailHost)
	if why := w.Look(t.Context(), r())["mail"]; why != "mail.example.com:465 has no certificate for shop.example.com." {
		t.Errorf("a look says %q", why)
	}
	again()
	w.runs(24 * time.Hour)
	list := w.all()
	if len(list) != 2 {
		t.Fatalf("%d deliveries, want 2", len(list))
	}
	w.ends(list[0], durable.Failed, "has no certificate")
	w.ends(list[1], durable.Completed, `"result":"served"`)
}
