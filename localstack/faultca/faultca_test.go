package faultca_test

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/fault"
	"certgate/localstack/faultca"
	"certgate/localstack/waittest"
)

var shop = issuance.OrderRequest{Hostnames: []string{"shop.example.test"}}

// ariID is the certificate's id for replaces (RFC 9773 section 4.1).
func ariID(leaf *x509.Certificate) string {
	serial, err := asn1.Marshal(leaf.SerialNumber)
	if err != nil {
		panic(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(leaf.AuthorityKeyId) + "." + encode(serial[2:])
}

func TestWithoutAPlanNothingChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy.RefuseReplacements(true)
	w.issue("shop.example.test")
	if n := w.proxy.Calls(faultca.NewOrder); n != 1 {
		t.Errorf("%d calls of newOrder, want 1", n)
	}
	for _, at := range []faultca.Endpoint{faultca.Directory, faultca.NewNonce, faultca.NewAccount, faultca.Authorization, faultca.Challenge, faultca.Order, faultca.Finalize, faultca.Certificate} {
		if w.proxy.Calls(at) == 0 {
			t.Errorf("no call of %s was seen", at)
		}
	}
	if n := w.proxy.Calls("unheard of"); n != 0 {
		t.Errorf("%d calls of an unknown endpoint", n)
	}
}

func TestARateLimitEndsAndTheCAHasNotBeenAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limit := w.proxy.Arm(faultca.Limited(faultca.NewOrder, 2, 120*time.Second))
	for range 2 {
		_, err := w.ca.NewOrder(t.Context(), shop)
		var later *durable.RetryLater
		if !errors.As(err, &later) || later.After != 2*time.Minute {
			t.Fatalf("got %v, want to come back in 2 minutes", err)
		}
	}
	if w.made() != 0 {
		t.Error("the CA was asked")
	}
	w.order(shop)
	if limit.Hits() != 2 || w.made() != 1 {
		t.Errorf("%d hits, %d orders, want 2 and 1", limit.Hits(), w.made())
	}
}

func TestALimitWithoutATimeIsForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.proxy.Arm(faultca.Planned{At: faultca.NewOrder, Fault: fault.Fault{Status: http.StatusTooManyRequests, Code: "rateLimited", Detail: "your account is paused for shop.example.test"}})
	_, err := w.ca.NewOrder(t.Context(), shop)
	var failure *durable.Failure
	if !errors.As(err, &failure) || failure.Code != issuance.CodeRateLimited || !strings.Contains(failure.Message, "paused for shop.example.test") {
		t.Errorf("got %v", err)
	}
}

func TestAPageOfALoadBalancerIsTroubleThatPasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := w.ready(w.order(shop))
	w.proxy.Arm(faultca.Busy(faultca.Finalize, 1, 7*time.Second))
	_, err := w.ca.Finalize(t.Context(), order, csr(t, "shop.example.test"))
	var transient *durable.Transient
	if !errors.As(err, &transient) || transient.After != 7*time.Second || !strings.Contains(transient.Public, "503") {
		t.Fatalf("got %v, want trouble with status 503 for 7 seconds", err)
	}
	if strings.Contains(transient.Public, "<") {
		t.Errorf("people read HTML: %s", transient.Public)
	}
	if _, err := w.ca.Finalize(t.Context(), order, csr(t, "shop.example.test")); err != nil {
		t.Error(err)
	}
}

func TestAnAnswerIsLostAfterTheCAHasActed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := w.ready(w.order(shop))
	lost := w.proxy.Arm(faultca.Planned{At: faultca.Finalize, Times: 1, Fault: fault.Fault{DropAnswer: true}})
	if _, err := w.ca.Finalize(t.Context(), order, csr(t, "shop.example.test")); err == nil {
		t.Fatal("the answer arrived")
	}
	w.until(order, "valid")
	if lost.Hits() != 1 {
		t.Errorf("%d hits", lost.Hits())
	}
}

func TestARequestIsLostBeforeTheCAHears(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.order(shop) // the account is there
	w.proxy.Arm(faultca.Planned{At: faultca.NewOrder, Times: 1, Fault: fault.Fault{Drop: true}})
	if _, err := w.ca.NewOrder(t.Context(), shop); err == nil {
		t.Fatal("an answer arrived")
	}
	if w.made() != 1 {
		t.Error("the CA heard of it")
	}
}

func TestAPlanSkipsEndsAndIsTakenAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.proxy.Arm(faultca.Planned{At: faultca.NewOrder, Skip: 1, Fault: fault.Fault{Status: http.StatusInternalServerError, Code: "serverInternal"}})
	w.order(shop)
	fails := func() {
		t.Helper()
		if _, err := w.ca.NewOrder(t.Context(), shop); err == nil {
			t.Error("the fault did not hit")
		}
	}
	fails()
	a.Disarm()
	w.order(shop)
	w.proxy.Arm(faultca.Busy(faultca.NewOrder, 0, 0))
	fails()
	fails()
	w.proxy.Clear()
	w.order(shop)
}

func TestASecondReplacementIsRefusedWhileTheFirstIsPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue("shop.example.test")
	renewal := issuance.OrderRequest{Hostnames: shop.Hostnames, Replaces: id}
	if first := w.order(renewal); first.Replaces != id {
		t.Fatalf("the first replacement is %+v", first)
	}
	if second := w.order(renewal); second.Replaces != id {
		t.Fatalf("Pebble by itself took replaces away: %+v", second)
	}
	w.proxy.RefuseReplacements(true)
	calls := w.proxy.Calls(faultca.NewOrder)
	third := w.order(renewal)
	if third.Replaces != "" || w.proxy.Calls(faultca.NewOrder) != calls+2 {
		t.Errorf("the order replaces %q after %d calls, want none after 409 and 201", third.Replaces, w.proxy.Calls(faultca.NewOrder)-calls)
	}
}

func TestAnOrderThatBecameInvalidLetsTheNextOneReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue("shop.example.test")
	w.proxy.RefuseReplacements(true)
	renewal := issuance.OrderRequest{Hostnames: shop.Hostnames, Replaces: id}
	first := w.order(renewal)
	for _, at := range first.Authorizations {
		if err := w.ca.Deactivate(t.Context(), at); err != nil { // makes its orders invalid
			t.Fatal(err)
		}
	}
	w.until(first, "invalid")
	if second := w.order(renewal); second.Replaces != id {
		t.Errorf("the second replaces %q", second.Replaces)
	}
}

func TestALostAnswerToAReplacementStillCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue("shop.example.test")
	w.proxy.RefuseReplacements(true)
	renewal := issuance.OrderRequest{Hostnames: shop.Hostnames, Replaces: id}
	lost, before := w.proxy.Arm(faultca.Planned{At: faultca.NewOrder, Replacing: true, Fault: fault.Fault{DropAnswer: true}}), w.made()
	waittest.Until(t, waittest.Patience, "the CA makes the order", func() bool {
		if _, err := w.ca.NewOrder(t.Context(), renewal); err == nil {
			t.Fatal("the answer arrived")
		}
		return w.made() > before
	})
	lost.Disarm()
	if again := w.order(renewal); again.Replaces != "" {
		t.Errorf("the repeat replaces %q, though the first order holds the place", again.Replaces)
	}
}

func TestReplacesCanBeRefusedOtherwise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.issue("shop.example.test")
	for _, c := range []struct {
		status int
		kind   string
	}{{http.StatusForbidden, "unauthorized"}, {http.StatusBadRequest, "malformed"}, {http.StatusNotFound, "malformed"}, {http.StatusConflict, "conflict"}} {
		a := w.proxy.Arm(faultca.Planned{At: faultca.NewOrder, Replacing: true, Fault: fault.Fault{Status: c.status, Code: c.kind}})
		order := w.order(issuance.OrderRequest{Hostnames: shop.Hostnames, Replaces: id})
		if order.Replaces != "" || a.Hits() != 1 {
			t.Errorf("%d %s: order replaces %q after %d refusals", c.status, c.kind, order.Replaces, a.Hits())
		}
		a.Disarm()
	}
}
