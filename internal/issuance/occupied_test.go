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
	ports.Occupants = o
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
