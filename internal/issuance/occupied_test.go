package issuance_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

// occupants are listeners with others' certificates.
type occupants []issuance.Occupant

func (o *occupants) Occupants(_ context.Context, hostnames []string) (list []issuance.Occupant, err error) {
	for _, one := range *o {
		if slices.Contains(hostnames, one.Hostname) {
			list = append(list, one)
		}
	}
	return list, nil
}

func occupiedWorld(t *testing.T, o *occupants) *issuancetest.World {
	w := issuancetest.NewWorld(t)
	ports := w.Ports()
	ports.Gateways[0].Occupants = o
	w.Runner.Add(issuance.AddCertificate(ports))
	w.Runner.Add(issuance.RenewCertificate(ports))
	return w
}

var uploaded = managed.Former{Listener: "shop", Entry: "shop-2024", RenewedBy: "nobody", At: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}

func TestAListenerInCareIsLeftBeforeAnOrderUnlessAskedFor(t *testing.T) {
	t.Parallel()
	o := &occupants{{Former: managed.Former{Listener: "shop", Entry: "bot", RenewedBy: "acmebot"}, Hostname: shop, Manager: "Acmebot"}}
	w := occupiedWorld(t, o)
	id := w.Add(shop)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeListenerHasManager || !strings.Contains(inst.Custom.Message, `"takeOver": true`) {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	if w.Gateway.Changes != 0 || len(w.CA.Requests) != 0 {
		t.Errorf("%d changes, %d orders", w.Gateway.Changes, len(w.CA.Requests))
	}
	start, err := issuance.TakeOver(shop)
	if err != nil {
		t.Fatal(err)
	}
	id = w.Start(start)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || !strings.Contains(string(inst.Output), `"replaced":[{"listener":"shop","entry":"bot","renewedBy":"acmebot"}]`) {
		t.Fatalf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
	}
}

func TestWhatAListenerHadBeforeIsRememberedForEver(t *testing.T) {
	t.Parallel()
	o := &occupants{{Former: uploaded, Hostname: shop}}
	w := occupiedWorld(t, o)
	w.Pump.Twice = true
	id := w.Add(shop)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || !strings.Contains(w.History(id), "The certificate shop-2024 of the listener shop is replaced.") {
		t.Fatalf("%s %+v\n%s", inst.Status, inst.Custom, w.History(id))
	}
	*o = nil
	renewal, err := issuance.Renewal(w.Record(shopName), "", "")
	if err != nil {
		t.Fatal(err)
	}
	id = w.Start(renewal)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Completed || strings.Contains(string(inst.Output), "replaced") {
		t.Fatalf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
	}
	if r := w.Record(shopName); !slices.Equal(r.Former, []managed.Former{uploaded}) {
		t.Errorf("remembered %+v", r.Former)
	}
}

// A template that puts the former certificate back is not fought with.
func TestARenewalForAListenerThatWasPutBackOrdersNothing(t *testing.T) {
	t.Parallel()
	o := &occupants{{Former: uploaded, Hostname: shop}}
	w := occupiedWorld(t, o)
	w.Add(shop)
	w.Drain()
	renewal, err := issuance.Renewal(w.Record(shopName), "", "")
	if err != nil {
		t.Fatal(err)
	}
	orders, changes := len(w.CA.Requests), w.Gateway.Changes
	id := w.Start(renewal)
	w.Drain()
	if inst := w.Instance(id); inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeListenerReverted || len(w.CA.Requests) != orders || w.Gateway.Changes != changes {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
}

// pointer notes what listeners are given.
type pointer struct{ points []issuance.Pointing }

func (p *pointer) Point(_ context.Context, _ durable.Turn, one issuance.Pointing) (bool, error) {
	if !slices.ContainsFunc(p.points, func(known issuance.Pointing) bool { return known.Entry == one.Entry }) {
		p.points = append(p.points, one)
	}
	return true, nil
}

// The gateway shows another certificate than the one that was ordered: the listener gets
// its former one again, but only where it was to be taken over.
func TestATakeOverThatIsNotServedPutsTheFormerCertificateBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		start func(string, ...string) (durable.Start, error)
		back  int
	}{"a take-over": {issuance.TakeOver, 1}, "a request": {issuance.Add, 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := issuancetest.NewWorld(t), &pointer{}
			ports := w.Ports()
			ports.Gateways[0].Occupants, ports.Gateways[0].Pointer = &occupants{{Former: uploaded, Hostname: shop}}, p
			w.Runner.Add(issuance.AddCertificate(ports))
			w.Pump.Twice = true
			other := w.Vault.Put("other", "other.example.com", w.CA, nil)
			w.Gateway.Instead = func(string) []byte { return other.Leaf }
			start, err := c.start(shop)
			if err != nil {
				t.Fatal(err)
			}
			id := w.Start(start)
			w.Drain()
			if inst := w.Instance(id); inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeNotServed || len(p.points) != c.back {
				t.Fatalf("%s %+v, %+v", inst.Status, inst.Custom, p.points)
			}
			if c.back > 0 && (p.points[0].Entry != "shop-2024" || !slices.Equal(p.points[0].Listeners, []string{"shop"})) {
				t.Errorf("%+v", p.points)
			}
		})
	}
}

// A hostname that comes to a certificate is looked at as that of a new one is.
func TestANewHostnameOfACertificateIsNotTakenFromItsManagerUnasked(t *testing.T) {
	t.Parallel()
	o := &occupants{}
	w := occupiedWorld(t, o)
	w.Add(shop)
	w.Drain()
	*o = occupants{{Former: managed.Former{Listener: "www", Entry: "bot", RenewedBy: "acmebot"}, Hostname: "www.example.com", Manager: "Acmebot"}}
	for _, takeOver := range []bool{false, true} {
		start, err := issuance.Change(w.Record(shopName), issuance.AddInput{Hostnames: wanted(shop, "www.example.com"), TakeOver: takeOver}, false, "Test.")
		if err != nil {
			t.Fatal(err)
		}
		id := w.Start(start)
		w.Drain()
		inst := w.Instance(id)
		if takeOver && inst.Status != durable.Completed || !takeOver && inst.Custom.Error != issuance.CodeListenerHasManager {
			t.Errorf("take over %t: %s %+v", takeOver, inst.Status, inst.Custom)
		}
	}
	if r := w.Record(shopName); len(r.Former) != 1 || r.Former[0].Entry != "bot" {
		t.Errorf("remembered %+v", r.Former)
	}
}
