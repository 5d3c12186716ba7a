package issuance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
)

const goneTo = "shop.example.com"

// away is an authority whose answer to a call (any: "") is 503 for so long.
func away(w *issuancetest.World, call string, long time.Duration) func(string) error {
	var since time.Time
	return func(asked string) error {
		if call != "" && call != asked {
			return nil
		}
		if since.IsZero() {
			since = w.Clock.Now()
		}
		if w.Clock.Now().Sub(since) >= long {
			return nil
		}
		return &durable.Transient{Public: "The certificate authority has a problem of its own (status 503).", Err: fmt.Errorf("%w: 503", issuance.ErrAway)}
	}
}

func limited(after time.Duration, failures bool) func(issuance.OrderRequest) error {
	return func(issuance.OrderRequest) error {
		return &durable.RetryLater{After: after, Reason: "The certificate authority limits requests.", Err: &issuance.RateLimit{Failures: failures}}
	}
}

func refused(code string) func(issuance.OrderRequest) error {
	return func(issuance.OrderRequest) error { return &durable.Failure{Code: code, Message: "It says: no."} }
}

func TestAnOrderGoesOverForWhatIsTheAuthoritysOwnTrouble(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trouble func(w *issuancetest.World)
		goes    bool
		fails   string
		before  time.Duration // it is not sooner at the second
		within  time.Duration // and not later
	}{
		"out of order for long":              {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "order", 24*time.Hour) }, goes: true, before: 30 * time.Minute, within: 40 * time.Minute},
		"out of order for a while":           {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "order", 25*time.Minute) }},
		"out of order when the order stands": {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "authorization", 24*time.Hour) }, goes: true, before: 30 * time.Minute, within: 40 * time.Minute},
		"when the proof is to be looked at":  {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "answer", 24*time.Hour) }, goes: true, within: 40 * time.Minute},
		"while it looks":                     {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "read", 24*time.Hour) }, goes: true, within: 40 * time.Minute},
		"when the key is made":               {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "finalize", 24*time.Hour) }, goes: true, within: 40 * time.Minute},
		"when the certificate is issued":     {trouble: func(w *issuancetest.World) { w.CA.Away = away(w, "chain", 24*time.Hour) }, goes: true, within: 40 * time.Minute},
		"an error of its own":                {trouble: func(w *issuancetest.World) { w.CA.Broken = true }, goes: true, within: time.Minute},
		"it refuses the account":             {trouble: func(w *issuancetest.World) { w.CA.Refuse = refused(issuance.CodeAccountRefused) }, goes: true, within: time.Minute},
		"it refuses the order":               {trouble: func(w *issuancetest.World) { w.CA.Refuse = refused(issuance.CodeOrderRefused) }, goes: true, within: time.Minute},
		"a limit for long":                   {trouble: func(w *issuancetest.World) { w.CA.Refuse = limited(2*time.Hour, false) }, goes: true, within: time.Minute},

		"it pauses the hostname":       {trouble: func(w *issuancetest.World) { w.CA.Refuse = refused(issuance.CodeRateLimited) }, fails: issuance.CodeRateLimited},
		"CAA forbids, it says":         {trouble: func(w *issuancetest.World) { w.CA.Refuse = refused(issuance.CodeCaaForbids) }, fails: issuance.CodeCaaForbids},
		"the hostname leads elsewhere": {trouble: func(w *issuancetest.World) { w.Gateway.Elsewhere = func(string) bool { return true } }, fails: issuance.CodeHostnameNotResolving},
		"the file is not found":        {trouble: func(w *issuancetest.World) { w.Gateway.Port80 = func() int { return 404 } }, fails: issuance.CodeValidationFileNotFound},
		"the gateway refuses": {trouble: func(w *issuancetest.World) {
			w.Gateway.Full = func(issuance.Listener) error {
				return &durable.Failure{Code: issuance.CodeGatewayLimit, Message: "Full."}
			}
		}, fails: issuance.CodeGatewayLimit},
		"a limit of failed validations": {trouble: func(w *issuancetest.World) { w.CA.Refuse = limited(200*time.Hour, true) }, fails: durable.CodeStepTimedOut},
		"what others call out of order": {trouble: func(w *issuancetest.World) {
			w.Vault.Deny = func(string) error { return &durable.Transient{Public: "Key Vault has a problem."} }
		}, fails: durable.CodeStepTimedOut},
		"an error that nobody can make of": {trouble: func(w *issuancetest.World) {
			w.CA.Refuse = func(issuance.OrderRequest) error { return fmt.Errorf("?") }
		}, fails: durable.CodeStepFailedRepeatedly},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			second := w.AddIssuer("second")
			began, asked := w.Clock.Now(), time.Time{}
			second.Refuse = func(issuance.OrderRequest) error { asked = w.Clock.Now(); return nil }
			c.trouble(w)
			id := w.Add(goneTo)
			w.Drain()
			inst := w.Instance(id)
			if c.fails != "" {
				if inst.Status != durable.Failed || inst.Custom.Error != c.fails || len(second.Requests) > 0 {
					t.Errorf("%s %+v, %d orders at the second", inst.Status, inst.Custom, len(second.Requests))
				}
				return
			}
			if inst.Status != durable.Completed {
				t.Fatalf("%s %+v\n%s", inst.Status, inst.Custom, w.History(id))
			}
			r := w.Record("shop-example-com")
			if goes := r.Authority == "second"; goes != c.goes || goes != (len(second.Requests) == 1) || w.Served(goneTo).NotAfter != r.NotAfter {
				t.Fatalf("it is from %q, %d orders at the second\n%s", r.Authority, len(second.Requests), w.History(id))
			}
			if left := w.Gateway.Files(); left > 0 {
				t.Errorf("%d validation files are left", left)
			}
			if !c.goes {
				return
			}
			if after := asked.Sub(began); after < c.before || after > c.within {
				t.Errorf("it went over after %s, want %s to %s", after, c.before, c.within)
			}
			if !strings.Contains(w.History(id), "Going over from the issuer default to the next one.") || !strings.Contains(string(inst.Output), "The issuer default could not issue") {
				t.Errorf("nobody is told: %s\n%s", inst.Output, w.History(id))
			}
		})
	}
}

// What another authority would refuse as well counts there too: one such hostname is
// enough.
func TestAnOrderOfSeveralHostnamesGoesOverOnlyIfAllTroubleIsTheAuthoritysOwn(t *testing.T) {
	t.Parallel()
	for other, goes := range map[string]bool{"serverInternal": true, "unauthorized": false} {
		w := issuancetest.NewWorld(t)
		second := w.AddIssuer("second")
		w.CA.Wrong = func(hostname string) issuance.Problem {
			return issuance.Problem{Type: map[string]string{goneTo: "serverInternal", "b.example.com": other}[hostname], Detail: "Of " + hostname + "."}
		}
		id := w.AddAll(wanted(goneTo, "b.example.com")...)
		w.Drain()
		inst := w.Instance(id)
		if goes && (inst.Status != durable.Completed || len(second.Requests) != 1 || len(w.Served(goneTo).DNSNames) != 2) {
			t.Errorf("%s: %s %+v, %d orders at the second", other, inst.Status, inst.Custom, len(second.Requests))
		}
		if !goes && (inst.Custom.Error != issuance.CodeOwnershipRefused || len(second.Requests) > 0 || !strings.Contains(inst.Custom.Message, "Of b.example.com. ") || !strings.Contains(inst.Custom.Message, "Of "+goneTo+".")) {
			t.Errorf("%s: %s %+v, %d orders at the second", other, inst.Status, inst.Custom, len(second.Requests))
		}
	}
}

func TestRecordsOfAnOrderThatWentOverAreRemovedToo(t *testing.T) {
	t.Parallel()
	provider := &account{}
	w := withDNS(t, map[string]*account{"main": provider})
	w.zone(provider, "example.test", records)
	second := w.AddIssuer("second")
	second.TXT = w.txt
	w.CA.Away = away(w.World, "read", 24*time.Hour)
	id := w.AddAll(wanted("*.example.test", "example.test")...)
	w.Drain()
	w.ended(id, durable.Completed, "")
	if len(second.Requests) != 1 || len(w.left()) > 0 || provider.Changes != 2 {
		t.Errorf("%d orders at the second, %d changes, left are %v", len(second.Requests), provider.Changes, w.left())
	}
}

func TestWhenNoIssuerIsLeftEachOnesWordsAreTold(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	second := w.AddIssuer("second")
	w.CA.Away = away(w, "chain", 24*time.Hour) // so a version was begun
	second.Refuse = refused(issuance.CodeAccountRefused)
	id := w.Add(goneTo)
	w.Drain()
	inst := w.Instance(id)
	if inst.Custom.Error != issuance.CodeNoIssuerLeft || !strings.Contains(inst.Custom.Message, "default: The certificate authority has a problem of its own (status 503).") || !strings.Contains(inst.Custom.Message, "second: It says: no.") {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
	if w.Vault.Pending() > 0 || w.Gateway.Files() > 0 {
		t.Error("something is left behind")
	}
}

func TestTheLastIssuerIsWaitedForAsALoneOneIs(t *testing.T) {
	t.Parallel()
	w := issuancetest.NewWorld(t)
	second := w.AddIssuer("second")
	w.CA.Away, second.Away = away(w, "order", 24*time.Hour), away(w, "order", 4*time.Hour)
	id := w.Add(goneTo)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || w.Record("shop-example-com").Authority != "second" {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

func TestARenewalWaitsForItsIssuerUntilTimeIsShort(t *testing.T) {
	t.Parallel()
	renewed := func(w *issuancetest.World) *durable.Instance {
		t.Helper()
		start, err := issuance.Renewal(w.Record("shop-example-com"), "", "test")
		if err != nil {
			t.Fatal(err)
		}
		id := w.Start(start)
		w.Drain()
		return w.Instance(id)
	}
	w := issuancetest.NewWorld(t)
	second := w.AddIssuer("second")
	w.Add(goneTo)
	w.Drain()

	w.RunTo(w.Clock.Now().Add(60 * aDay))
	w.CA.Away = away(w, "order", 365*aDay)
	for n := range 3 { // each gives up after hours
		if inst := renewed(w); inst.Status != durable.Failed || len(second.Requests) > 0 {
			t.Fatalf("renewal %d: %s %+v, %d orders at the second", n, inst.Status, inst.Custom, len(second.Requests))
		}
	}
	if inst := renewed(w); inst.Status != durable.Completed || w.Record("shop-example-com").Authority != "second" {
		t.Fatalf("after three failures: %s %+v", inst.Status, inst.Custom)
	}
	w.CA.Away = nil
	if inst := renewed(w); inst.Status != durable.Completed || w.Record("shop-example-com").Authority != "" {
		t.Errorf("the next one: %s %+v, from %q", inst.Status, inst.Custom, w.Record("shop-example-com").Authority)
	}

	w.RunTo(w.Clock.Now().Add(76 * aDay))
	w.CA.Away = away(w, "order", 365*aDay)
	if inst := renewed(w); inst.Status != durable.Completed || w.Record("shop-example-com").Authority != "second" {
		t.Errorf("in the last sixth: %s %+v", inst.Status, inst.Custom)
	}
}
