package renewal_test

import (
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

func TestAGatewayThatKeepsTheOldCertificateIsAWarning(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Gateway.Blind = true
	w.until(66 * day)
	inst := w.renewal()
	if text := w.History(inst.ID); inst.Status != durable.Completed || !strings.Contains(text, "Warning: the gateway still serves the previous certificate") {
		t.Errorf("%s:\n%s", inst.Status, text)
	}
	if took := inst.UpdatedAt.Sub(inst.CreatedAt); took.Hours() < 9 || took.Hours() > 10 {
		t.Errorf("it waited %s for the gateway", took)
	}
	if r := w.Record(shopName); r.Version != "v2" || r.Served != managed.ServedPrevious || r.Failures != 0 {
		t.Errorf("the record is %+v", r)
	}
	if w.Gateway.Changes != 2 {
		t.Errorf("the gateway was changed %d times, want 2: once for the listener, once to read the vault", w.Gateway.Changes)
	}
}

func TestAnExpiredCertificateIsNotServedWell(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Gateway.Blind = true
	w.Clock.Advance(200 * day)
	w.sweep()
	w.Drain()
	inst := w.renewal()
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeNotServed || w.Gateway.Changes != 2 {
		t.Errorf("%s (%s) after %d changes of the gateway", inst.Status, inst.Custom.Message, w.Gateway.Changes)
	}
}

// A new order would not help the gateway, and would soon meet the authority's
// limit for the same hostnames.
func TestWhatIsIssuedAndNotServedIsNotOrderedAgain(t *testing.T) {
	t.Parallel()
	w := issued(t, shop)
	w.Gateway.Refuse = func(issuance.Listener) error {
		return &durable.Failure{Code: issuance.CodeGatewayAccessDenied, Message: "The gateway cannot be changed."}
	}
	w.until(75 * day)
	inst := w.renewal()
	r := w.Record(shopName)
	if inst.Status != durable.Failed || r.Version != "v2" || r.Problem == nil || r.Problem.Code != issuance.CodeGatewayAccessDenied || r.Served != managed.ServedUnknown || r.Failures != 0 {
		t.Errorf("%s; the record is %+v", inst.Status, r)
	}
	if len(w.CA.Requests) != 2 {
		t.Errorf("there were %d orders, want 2", len(w.CA.Requests))
	}
}
