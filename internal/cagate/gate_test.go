package cagate_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/cagate"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

func TestALimitOfTheAccountHoldsUpTheOrdersOfAllMachines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ca.tokens, w.ca.refill = 1, 10*time.Minute
	w.finish(w.start("first.example.com"))
	w.next = 0
	unlucky := w.waiting(w.start("second.example.com"))
	const says = "The certificate authority limits requests; continuing at 2030-03-04T05:16:07Z. It says: too many new orders (300) from this account in the last 3h0m0s"
	if unlucky.Custom.Message != says {
		t.Errorf("who met the limit says %q, want %q", unlucky.Custom.Message, says)
	}
	for _, hostname := range []string{"third.example.com", "fourth.example.net"} { // one on each machine
		inst := w.waiting(w.start(hostname))
		const says = "The certificate authority limits requests, so this order waits too; continuing at 2030-03-04T05:16:12Z. It says: too many new orders (300) from this account in the last 3h0m0s"
		if inst.Custom.Message != says || inst.Custom.Status != "GetAcmeOrderStep" {
			t.Errorf("%s waits in %s with %q, want %q", hostname, inst.Custom.Status, inst.Custom.Message, says)
		}
		if asked := w.ca.requests(hostname); len(asked) != 0 {
			t.Errorf("the authority was asked for %s: %q", hostname, asked)
		}
	}
	w.until(func() bool { return w.load(unlucky.ID).Status.Ended() })
	if asked := w.ca.requests("second.example.com"); len(asked) != 2 || asked[1] != "201 at 05:16:07" {
		t.Errorf("who met the limit asked again: %q", asked)
	}
}

func TestAHundredOrdersGetThroughALimitWithoutHammering(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ca.tokens, w.ca.refill = 10, 36*time.Second // as Let's Encrypt refills
	var ids []string
	for _, h := range hostnames(100, "example.com") {
		ids = append(ids, w.start(h))
	}
	for _, id := range ids {
		if inst := w.finish(id); inst.Custom.Error != issuance.CodeVaultAccessDenied {
			t.Fatalf("%s: %s", inst.Custom.Error, inst.Custom.Message)
		}
	}
	if n := w.ca.count("201"); n != 100 {
		t.Errorf("%d orders for 100 hostnames", n)
	}
	if n := w.ca.count("429"); n > 200 {
		t.Errorf("%d requests met the limit, over the 90 orders that had to wait", n)
	}
	t.Logf("%d refusals, %d reads and %d writes of the document, %s", w.ca.count("429"), w.traffic.reads, w.traffic.writes, w.clock.Now().Sub(w.ca.filledAt))
}

func TestALimitOfADomainHoldsUpNobodyElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ca.busy, w.ca.busyTill = "example.com", w.clock.Now().Add(3*time.Hour)
	w.waiting(w.start("a.example.com"))
	inst := w.waiting(w.start("b.example.com"))
	if !strings.Contains(inst.Custom.Message, `too many certificates (50) already issued for "example.com"`) || len(w.ca.requests("b.example.com")) != 0 {
		t.Errorf("a name of the same domain: %q, asked %q", inst.Custom.Message, w.ca.requests("b.example.com"))
	}
	for _, other := range []string{"a.example.net", "notexample.com"} {
		if inst := w.finish(w.start(other)); inst.Custom.Error != issuance.CodeVaultAccessDenied {
			t.Errorf("%s: %s", other, inst.Custom.Message)
		}
	}
	// A renewal that names what it replaces is exempt.
	renewal := issuance.OrderRequest{Hostnames: []string{"c.example.com"}, Replaces: "aaaa.bbbb"}
	if _, err := w.gates[1].Orders(orders{}).NewOrder(t.Context(), renewal); err != nil {
		t.Errorf("a renewal: %v", err)
	}
	renewal.Replaces = ""
	var later *durable.RetryLater
	if _, err := w.gates[1].Orders(orders{}).NewOrder(t.Context(), renewal); !errors.As(err, &later) {
		t.Errorf("a new name: %v", err)
	}
}

func TestTheUsualCaseCostsNoMoreThanARead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, h := range hostnames(12, "example.com") {
		w.finish(w.start(h))
	}
	if w.clock.Now().Sub(w.ca.filledAt) > 29*time.Second {
		t.Fatal("the clock moved too far for this test")
	}
	if w.traffic.reads > 2 || w.traffic.writes != 0 {
		t.Errorf("%d reads and %d writes for 12 certificates on two machines, want 2 at most and 0", w.traffic.reads, w.traffic.writes)
	}
}

func TestAMachineReadsOfALimitThatAnotherMet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	request := issuance.OrderRequest{Hostnames: []string{"a.example.com"}}
	open := w.gates[1].Orders(orders{})
	if _, err := open.NewOrder(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	limit := &durable.RetryLater{After: time.Hour, Reason: "wait", Err: &issuance.RateLimit{Scope: issuance.LimitAccount, Says: "too many"}}
	if _, err := w.gates[0].Orders(orders{err: limit}).NewOrder(t.Context(), request); !errors.Is(err, limit) {
		t.Fatalf("got %v", err)
	}
	w.clock.Advance(31 * time.Second)
	var later *durable.RetryLater
	if _, err := open.NewOrder(t.Context(), request); !errors.As(err, &later) || later.After < 59*time.Minute || !errors.As(err, new(*issuance.RateLimit)) {
		t.Errorf("half a minute later the other machine got %v", err)
	}
	// A machine that has just started.
	fresh := cagate.New(cagate.Config{Documents: w.store, Authority: w.ca.URL + "/", Clock: w.clock.Now}).Orders(orders{})
	if _, err := fresh.NewOrder(t.Context(), request); !errors.As(err, &later) {
		t.Errorf("a new machine got %v", err)
	}
	elsewhere := cagate.New(cagate.Config{Documents: w.store, Authority: "https://other.example/dir", Clock: w.clock.Now}).Orders(orders{})
	if _, err := elsewhere.NewOrder(t.Context(), request); err != nil {
		t.Errorf("another authority: %v", err)
	}
	w.clock.Advance(time.Hour)
	if _, err := open.NewOrder(t.Context(), request); err != nil {
		t.Errorf("when the limit was over: %v", err)
	}
}

func TestWhatClosesTheGate(t *testing.T) {
	t.Parallel()
	account := &issuance.RateLimit{Scope: issuance.LimitAccount}
	for _, c := range []struct {
		name   string
		err    error
		closes bool
		writes int
	}{
		{"a limit", &durable.RetryLater{After: time.Hour, Err: account}, true, 1},
		{"a limit for a moment is not stored", &durable.RetryLater{After: 5 * time.Second, Err: account}, true, 0},
		{"a limit of these hostnames", &durable.RetryLater{After: time.Hour, Err: &issuance.RateLimit{Scope: issuance.LimitOrder}}, false, 0},
		{"a lock", &durable.RetryLater{After: time.Hour}, false, 0},
		{"a limit that needs a person", &durable.Failure{Code: issuance.CodeRateLimited, Err: account}, false, 0},
		{"trouble", &durable.Transient{After: time.Hour}, false, 0},
		{"success", nil, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			request := issuance.OrderRequest{Hostnames: []string{"a.example.com"}}
			if _, err := w.gates[0].Orders(orders{err: c.err}).NewOrder(t.Context(), request); !errors.Is(err, c.err) {
				t.Fatalf("got %v", err)
			}
			var later *durable.RetryLater
			_, err := w.gates[0].Orders(orders{}).NewOrder(t.Context(), request)
			if closed := errors.As(err, &later); closed != c.closes || w.traffic.writes != c.writes {
				t.Errorf("closed %t (%v) with %d writes, want %t with %d", closed, err, w.traffic.writes, c.closes, c.writes)
			}
		})
	}
}

// A page of a load balancer says nothing of an end. Whoever meets it, with whatever
// call, waits longer each time, and so do new orders.
func TestALimitWithoutATimeIsTriedAgainEverMoreSeldom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	noTime := &durable.RetryLater{After: issuance.LimitWithoutTime, Reason: "no time", Err: &issuance.RateLimit{Scope: issuance.LimitAccount, NoTime: true}}
	busy := w.gates[0].Orders(orders{err: noTime})
	request := issuance.OrderRequest{Hostnames: []string{"a.example.com"}}
	var waits []time.Duration
	for i := range 8 {
		var err error
		if i%2 == 0 {
			_, err = busy.Order(t.Context(), "https://ca.test/order/1")
		} else {
			_, err = busy.Chain(t.Context(), "https://ca.test/certificate/1", "")
		}
		var later *durable.RetryLater
		if !errors.As(err, &later) {
			t.Fatalf("got %v", err)
		}
		waits = append(waits, later.After)
		if _, err := w.gates[0].Orders(orders{}).NewOrder(t.Context(), request); !errors.As(err, &later) {
			t.Errorf("after the limit of a read a new order is let through: %v", err)
		}
		w.clock.Advance(waits[i])
	}
	want := []time.Duration{1, 2, 4, 8, 16, 30, 30, 30}
	for i := range want {
		if waits[i] != want[i]*time.Minute {
			t.Fatalf("waits are %v", waits)
		}
	}
	w.clock.Advance(time.Hour) // it is over, and forgotten
	var later *durable.RetryLater
	if _, err := busy.Order(t.Context(), "https://ca.test/order/1"); !errors.As(err, &later) || later.After != time.Minute {
		t.Errorf("an hour later: %v", err)
	}
}

func TestALimitHoldsInTheProcessAlsoIfItCannotBeStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	documents := &readOnly{Documents: w.store}
	gate := cagate.New(cagate.Config{Documents: documents, Authority: "https://ca.example", Clock: w.clock.Now})
	request := issuance.OrderRequest{Hostnames: []string{"a.example.com"}}
	limit := &durable.RetryLater{After: time.Hour, Err: &issuance.RateLimit{Scope: issuance.LimitAccount}}
	if _, err := gate.Orders(orders{err: limit}).NewOrder(t.Context(), request); !errors.Is(err, limit) {
		t.Fatalf("got %v", err)
	}
	var later *durable.RetryLater
	if _, err := gate.Orders(orders{}).NewOrder(t.Context(), request); !errors.As(err, &later) {
		t.Errorf("got %v", err)
	}
	if _, err := gate.Authorizations(failedAuthorization{}).Authorization(t.Context(), "https://ca.example/authz/1"); !errors.Is(err, errReadOnly) {
		t.Errorf("a failure that is not counted is an error, so that the step runs again: %v", err)
	}
}

func TestAnUnreadableDocumentIsStartedAfresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	spoilt := &fixed{body: []byte("not JSON")}
	gate := cagate.New(cagate.Config{Documents: spoilt, Authority: "https://ca.example", Clock: w.clock.Now})
	if _, err := gate.Orders(orders{}).NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.example.com"}}); err != nil {
		t.Errorf("got %v", err)
	}
}

// orders answers every request for an order with err.
type orders struct {
	issuance.Orders
	err error
}

func (o orders) NewOrder(context.Context, issuance.OrderRequest) (issuance.Order, error) {
	return issuance.Order{}, o.err
}

func (o orders) Order(context.Context, string) (issuance.Order, error) {
	return issuance.Order{}, o.err
}

func (o orders) Source() issuance.Source { return issuance.Source{} }

func (o orders) Chain(context.Context, string, string) ([][]byte, error) { return nil, o.err }

type failedAuthorization struct{ issuance.Authorizations }

func (failedAuthorization) Authorization(context.Context, string) (issuance.Authorization, error) {
	return issuance.Authorization{Hostname: "a.example.com", Status: "invalid"}, nil
}

var errReadOnly = errors.New("the store is read-only")

type readOnly struct{ cagate.Documents }

func (readOnly) PutDocument(context.Context, string, []byte, string) (string, error) {
	return "", errReadOnly
}

type fixed struct {
	cagate.Documents
	body []byte
}

func (f *fixed) Document(context.Context, string) ([]byte, string, error) { return f.body, "1", nil }
