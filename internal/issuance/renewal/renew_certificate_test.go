package renewal_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

func TestACertificateIsRememberedWhenItIsServed(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	r, inst := w.Record(shopName), w.Instances(issuance.FlowAddCertificate)[0]
	leaf := w.Served(shop)
	id, err := managed.CertID(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if r.Hostnames[0] != shop || r.Version != "v1" || r.SecretID != "https://v.vault.example/secrets/"+shopName || r.Thumbprint != managed.SHA1Thumbprint(leaf.Raw) ||
		r.Issuer != "Memory CA R1" || r.KeyType != "EC-P256" || !r.NotAfter.Equal(leaf.NotAfter) || !r.NotBefore.Equal(leaf.NotBefore) || r.CertID != id {
		t.Errorf("the record is not that of the certificate: %+v", r)
	}
	if r.Served != managed.ServedCurrent || r.LastInstance != inst.ID || r.Imported || r.NextCheck.After(w.Clock.Now()) || r.RenewAt.Before(leaf.NotBefore.Add(60*day)) {
		t.Errorf("the record is not that of a new certificate: %+v", r)
	}
	if n := w.Records.Count() - 1; n != 1 { // one read was ours
		t.Errorf("a new certificate cost %d requests for its record, want 1", n)
	}
}

func TestARenewalFollowsTheAuthoritysWindow(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	w.suggest(40*day, 42*day)
	w.completed(w.Add(shop))
	first := w.Record(shopName)
	w.until(day)
	known := w.Record(shopName)
	if known.Window == nil || known.Window.ExplanationURL != "https://ca.example/why" || !known.RenewAt.Equal(first.NotBefore.Add(41*day).Truncate(time.Millisecond)) {
		t.Fatalf("after a day the record has the window %+v and the time %s", known.Window, known.RenewAt)
	}
	w.until(50 * day)
	inst := w.renewal()
	if late := inst.CreatedAt.Sub(known.RenewAt); late < 0 || late > 15*time.Minute {
		t.Errorf("the renewal was started %s after its time", late)
	}
	if in := w.input(inst); in.Replaces != first.CertID || in.Certificate != shopName || in.Reason != managed.WhyWindow {
		t.Errorf("the renewal was asked to do %+v", in)
	}
	if last := w.CA.Requests[len(w.CA.Requests)-1]; last.Replaces != first.CertID {
		t.Errorf("the order replaces %q, want %q", last.Replaces, first.CertID)
	}
	now := w.Record(shopName)
	if now.Version != "v2" || now.Served != managed.ServedCurrent || now.LastInstance != inst.ID || now.CertID == first.CertID || !now.Window.Start.Equal(now.NotBefore.Add(40*day)) {
		t.Errorf("the record after the renewal: %+v", now)
	}
	if managed.SHA1Thumbprint(w.Served(shop).Raw) != now.Thumbprint {
		t.Error("the gateway does not serve the new certificate")
	}
}

func TestWithoutAWindowTheLifetimeDecides(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                string
		lifetime, from, end time.Duration
		why                 string
	}{
		{"90 days", 90 * day, 60 * day, 64*day + 12*time.Hour, managed.WhyLifetime},
		{"6 days", 6 * day, 3 * day, 80 * time.Hour, managed.WhyHalfLife},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newRenewalWorld(t)
			w.CA.Lifetime = c.lifetime
			w.completed(w.Add(shop))
			w.until(c.end + time.Hour)
			inst := w.renewal()
			if at := w.after(inst.CreatedAt); at < c.from || at > c.end || inst.Status != durable.Completed || w.input(inst).Reason != c.why {
				t.Errorf("renewed after %s (%s, %s), want between %s and %s", at, inst.Status, w.input(inst).Reason, c.from, c.end)
			}
		})
	}
}

func TestAShortLivedCertificateIsRenewedForEver(t *testing.T) {
	t.Parallel()
	w := newRenewalWorld(t)
	w.CA.Lifetime = 6 * day
	w.Pump.Twice = true
	w.completed(w.Add(shop))
	w.until(30 * day)
	n := len(w.Instances(issuance.FlowRenewCertificate))
	if n < 30*24/80 || n > 30/3 {
		t.Errorf("30 days took %d renewals", n)
	}
	if left := w.Served(shop).NotAfter.Sub(w.Clock.Now()); left < 2*day {
		t.Errorf("what is served has %s left", left)
	}
	if len(w.CA.Requests) != n+1 {
		t.Errorf("%d renewals took %d orders", n, len(w.CA.Requests)-1)
	}
}

func TestAFailingRenewalIsTriedUntilItSucceeds(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	before := w.Record(shopName)
	w.Gateway.Elsewhere = func(string) bool { a := w.after(w.Clock.Now()); return a > 30*day && a < 85*day }
	lost := map[int]bool{} // each failure is noted twice, because the first answer is lost
	w.Records.Lost = func(r *managed.Record) bool {
		again := r.Failures == 0 || lost[r.Failures]
		lost[r.Failures] = true
		return !again
	}
	w.until(80 * day)

	failed := w.Instances(issuance.FlowRenewCertificate)
	for i, want := range []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 12 * time.Hour} {
		if pause := failed[i+1].CreatedAt.Sub(failed[i].CreatedAt); pause < want || pause > want+want/10+15*time.Minute {
			t.Errorf("after failure %d came a pause of %s, want about %s", i+1, pause, want)
		}
	}
	r := w.Record(shopName)
	if r.Failures != len(failed) || r.Failures < 20 || r.Problem == nil || r.Problem.Code != issuance.CodeHostnameNotResolving || r.Problem.Message == "" {
		t.Errorf("after %d failures the record has %d and %+v", len(failed), r.Failures, r.Problem)
	}
	if r.Version != before.Version || r.Thumbprint != managed.SHA1Thumbprint(w.Served(shop).Raw) {
		t.Error("a failed renewal touched the certificate in service")
	}
	if w.Vault.Pending() != 0 || w.Gateway.Files() != 0 {
		t.Errorf("%d operations and %d files were left behind", w.Vault.Pending(), w.Gateway.Files())
	}

	w.until(87 * day)
	r = w.Record(shopName)
	if r.Version != "v2" || r.Failures != 0 || r.Problem != nil || r.Thumbprint != managed.SHA1Thumbprint(w.Served(shop).Raw) {
		t.Errorf("it did not recover: %+v", r)
	}
}

func TestARenewalThatFailsAfterTheOrderLeavesNothingPending(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Vault.Deny = func(call string) error {
		if call != "merge" {
			return nil
		}
		return &durable.Failure{Code: issuance.CodeVaultAccessDenied, Message: "No."}
	}
	w.until(65 * day)
	r := w.Record(shopName)
	if r.Failures == 0 || r.Problem.Code != issuance.CodeVaultAccessDenied || r.Version != "v1" || w.Vault.Pending() != 0 {
		t.Errorf("%d operations are pending; the record is %+v", w.Vault.Pending(), r)
	}
}

func TestAfterItsEndACertificateIsACaseForPeople(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Gateway.Elsewhere = func(string) bool { return true }
	w.until(90*day + time.Hour)
	tries := len(w.Instances(issuance.FlowRenewCertificate))
	w.until(120 * day)
	if r := w.Record(shopName); len(w.Instances(issuance.FlowRenewCertificate)) != tries || !r.NextCheck.IsZero() || r.Problem == nil {
		t.Errorf("after the end there were %d more tries; the record is %+v", len(w.Instances(issuance.FlowRenewCertificate))-tries, r)
	}
	w.Gateway.Elsewhere = nil
	w.completed(w.Add(shop))
	if r := w.Record(shopName); r.Failures != 0 || r.NextCheck.IsZero() || r.Served != managed.ServedCurrent {
		t.Errorf("a new issue does not bring it back: %+v", r)
	}
}

func TestACertificateThatExpiredUnattendedIsRenewed(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Clock.Advance(200 * day) // nothing ran
	w.sweep()
	w.Drain()
	if inst := w.renewal(); inst.Status != durable.Completed || w.Record(shopName).Served != managed.ServedCurrent {
		t.Errorf("it is %s: %s", inst.Status, inst.Custom.Message)
	}
}

func TestARefusedReplacesIsInTheHistory(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.CA.RefusesReplaces = "It says: that one has a successor."
	w.until(65 * day)
	inst := w.renewal()
	if text := w.History(inst.ID); inst.Status != durable.Completed || !strings.Contains(text, "GetAcmeOrderStep  Ordered without naming the certificate that is replaced: It says: that one has a successor.") {
		t.Errorf("%s:\n%s", inst.Status, text)
	}
}

func TestReplacesNeverCostsTheRenewal(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.CA.Refuse = func(r issuance.OrderRequest) error {
		if r.Replaces == "" {
			return nil
		}
		return &durable.Transient{Public: "The certificate authority has a problem of its own (status 500)."}
	}
	w.until(65 * day)
	inst := w.renewal()
	if text := w.History(inst.ID); inst.Status != durable.Completed || strings.Count(text, "Retrying GetAcmeOrderStep") != 3 || !strings.Contains(text, "could not place the order with it") {
		t.Errorf("%s:\n%s", inst.Status, text)
	}
}

func TestATerminatedRenewalIsNoFailureAndComesAgain(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.CA.Refuse = func(issuance.OrderRequest) error {
		return &durable.RetryLater{After: day, Reason: "The certificate authority limits requests."}
	}
	w.until(65 * day)
	inst := w.renewal()
	if err := w.Runner.Terminate(t.Context(), inst.ID, "enough"); err != nil {
		t.Fatal(err)
	}
	w.RunTo(w.Clock.Now().Add(time.Minute))
	r := w.Record(shopName)
	if r.Failures != 0 || r.Problem != nil || r.NextCheck.Sub(w.Clock.Now()).Round(time.Hour) != 12*time.Hour {
		t.Errorf("the record is %+v", r)
	}
	w.CA.Refuse = nil
	w.until(66 * day)
	if w.Record(shopName).Version != "v2" {
		t.Error("it was not renewed afterwards")
	}
}
