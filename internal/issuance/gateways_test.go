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
)

// twoGateways is a world with the gateway "eu" beside the default one.
func twoGateways(t *testing.T) (*issuancetest.World, *issuancetest.Gateway) {
	t.Helper()
	w := issuancetest.NewWorld(t)
	eu := w.AddGateway("eu")
	w.Runner.Add(issuance.AddCertificate(w.Ports()))
	w.Runner.Add(issuance.RenewCertificate(w.Ports()))
	return w, eu
}

func addOn(t *testing.T, w *issuancetest.World, gateways ...string) *durable.Instance {
	t.Helper()
	start, err := issuance.Add(shop, gateways...)
	if err != nil {
		t.Fatal(err)
	}
	id := w.Start(start)
	w.Drain()
	return w.Instance(id)
}

func TestACertificateIsServedByEachGatewayThatIsAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		gateways    []string
		here, there bool
		kept        []string
	}{
		"none":        {nil, true, false, nil},
		"the default": {[]string{"default"}, true, false, nil},
		"another":     {[]string{"eu"}, false, true, []string{"eu"}},
		"both":        {[]string{"default", "eu"}, true, true, []string{"default", "eu"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, eu := twoGateways(t)
			w.Pump.Twice = true
			if !c.here {
				w.Gateway.LeadsTo = eu
			}
			eu.Refuse = func(l issuance.Listener) error {
				if l.Gateway != "eu" {
					t.Errorf("eu is asked for the listener of %q", l.Gateway) // a wish of the same turn for another gateway would pass for this one
				}
				return nil
			}
			if inst := addOn(t, w, c.gateways...); inst.Status != durable.Completed {
				t.Fatalf("%s %+v\n%s", inst.Status, inst.Custom, w.History(inst.ID))
			}
			if w.Gateway.Has(shop) != c.here || eu.Has(shop) != c.there {
				t.Errorf("default %v, eu %v", w.Gateway.Has(shop), eu.Has(shop))
			}
			record := w.Record(shopName)
			if !slices.Equal(record.Gateways, c.kept) || len(w.CA.Requests) != 1 {
				t.Errorf("the record has %q, %d orders", record.Gateways, len(w.CA.Requests))
			}
			renewal, err := issuance.Renewal(record, "", "")
			if err != nil {
				t.Fatal(err)
			}
			id := w.Start(renewal)
			w.Drain()
			if inst := w.Instance(id); inst.Status != durable.Completed || !slices.Equal(w.Record(shopName).Gateways, c.kept) {
				t.Errorf("renewed: %s %+v, %q", inst.Status, inst.Custom, w.Record(shopName).Gateways)
			}
			if w.Gateway.Has(shop) != c.here || eu.Has(shop) != c.there {
				t.Errorf("renewed: default %v, eu %v", w.Gateway.Has(shop), eu.Has(shop))
			}
		})
	}
}

func TestOneMoreGatewayGetsTheCertificateThatThereIs(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	addOn(t, w)
	if inst := addOn(t, w, "eu", "default"); inst.Status != durable.Completed || !eu.Has(shop) || !w.Gateway.Has(shop) {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	w.Gateway.LeadsTo = eu // the default one keeps it, though it is not asked for
	if inst := addOn(t, w, "eu"); inst.Status != durable.Completed {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	if got := w.Record(shopName).Gateways; !slices.Equal(got, []string{"eu", "default"}) || len(w.CA.Requests) != 1 {
		t.Errorf("the record has %q, %d orders", got, len(w.CA.Requests))
	}
}

func TestAGatewayThatRefusesIsNamedAndTheOthersServe(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	w.Gateway.Refuse = func(issuance.Listener) error {
		return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "No."}
	}
	inst := addOn(t, w, "default", "eu")
	if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeGatewayRefused || !strings.Contains(inst.Custom.Message, "On the gateway default: No.") {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
	if !eu.Has(shop) {
		t.Error("the other gateway has no listener")
	}
	w.Gateway.Refuse = nil
	if inst := addOn(t, w, "default", "eu"); inst.Status != durable.Completed || len(w.CA.Requests) != 1 {
		t.Errorf("asked again: %s %+v, %d orders", inst.Status, inst.Custom, len(w.CA.Requests))
	}
}

func TestAGatewayThatIsFullIsNamedBeforeAnOrder(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	eu.Full = func(issuance.Listener) error {
		return &durable.Failure{Code: issuance.CodeGatewayLimit, Message: "It is full."}
	}
	inst := addOn(t, w, "default", "eu")
	if inst.Custom.Error != issuance.CodeGatewayLimit || inst.Custom.Message != "On the gateway eu: It is full." || len(w.CA.Requests) != 0 {
		t.Errorf("%+v, %d orders", inst.Custom, len(w.CA.Requests))
	}
}

// Each gateway is asked once to read the vault again, and the one that does not is named.
func TestEachGatewayIsSeenToServe(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	eu.Blind = true
	inst := addOn(t, w, "default", "eu")
	if inst.Custom.Error != issuance.CodeNotServed || !strings.Contains(inst.Custom.Message, "On the gateway eu: ") {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

func TestAGatewayThatTheSettingsHaveNoMoreIsSaid(t *testing.T) {
	t.Parallel()
	w, _ := twoGateways(t)
	if inst := addOn(t, w, "us"); inst.Custom.Error != issuance.CodeGatewayUnknown || !strings.Contains(inst.Custom.Message, `"us"`) {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

func TestOnlyTheSameGatewaysAreJoined(t *testing.T) {
	t.Parallel()
	w, _ := twoGateways(t)
	ids := map[string]bool{}
	start := func(gateways ...string) error {
		s, err := issuance.Add(shop, gateways...)
		if err != nil {
			t.Fatal(err)
		}
		id, _, err := w.Runner.Start(t.Context(), s)
		if err == nil {
			ids[id] = true
		}
		return err
	}
	if err := start("default", "eu"); err != nil {
		t.Fatal(err)
	}
	if start("eu") != nil || start() != nil || len(ids) != 1 {
		t.Errorf("%d instances", len(ids))
	}
	if start("us") == nil {
		t.Error("another gateway was joined")
	}
	w.RunTo(w.Clock.Now().Add(time.Hour))
}

// removals are the gateways that were asked to let go of a certificate.
type removals struct {
	name string
	from *[]string
}

func (r removals) Retire(context.Context, durable.Turn, string, string) (bool, error) {
	*r.from = append(*r.from, r.name)
	return true, nil
}

func TestARetiredCertificateIsTakenOffEachOfItsGateways(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ gateways, from []string }{
		"the default one":                    {nil, []string{"default"}},
		"two":                                {[]string{"eu", "default"}, []string{"eu", "default"}},
		"one that is gone from the settings": {[]string{"us"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newManageWorld(t)
			var from []string
			gateways := issuance.Gateways{{Name: issuance.DefaultGateway, Listeners: removals{"default", &from}}, {Name: "eu", Listeners: removals{"eu", &from}}}
			w.runner.Add(issuance.RetireCertificate(issuance.RetirePorts{Gateways: gateways, Vault: w, Records: w.records}))
			inst := w.run(issuance.FlowRetireCertificate, issuance.RetireInput{Certificate: managedName, Hostnames: managedHosts, Gateways: c.gateways})
			if !slices.Equal(from, c.from) || (inst.Status == durable.Completed) != (c.from != nil) {
				t.Errorf("%s %+v, off %q", inst.Status, inst.Custom, from)
			}
		})
	}
}

// move has a certificate served by these gateways and no other.
func move(t *testing.T, w *issuancetest.World, change func(*issuance.AddInput), gateways ...string) *durable.Instance {
	t.Helper()
	record := w.Record(shopName)
	wanted := issuance.AddInput{Hostnames: issuance.WantedOf(record), Options: record.Options, Gateways: gateways}
	if change != nil {
		change(&wanted)
	}
	start, err := issuance.Change(record, wanted, false, "")
	if err != nil {
		t.Fatal(err)
	}
	id := w.Start(start)
	w.Drain()
	return w.Instance(id)
}

func TestACertificateMovesWithoutAnOrder(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	w.Pump.Twice = true
	addOn(t, w)
	version := w.Record(shopName).Version
	if inst := move(t, w, nil, "default", "eu"); inst.Status != durable.Completed || !w.Gateway.Has(shop) || !eu.Has(shop) {
		t.Fatalf("onto both: %s %+v\n%s", inst.Status, inst.Custom, w.History(inst.ID))
	}
	w.Gateway.LeadsTo = eu
	if inst := move(t, w, nil, "eu"); inst.Status != durable.Completed || w.Gateway.Has(shop) || !eu.Has(shop) {
		t.Fatalf("off the first: %s %+v\n%s", inst.Status, inst.Custom, w.History(inst.ID))
	}
	if r := w.Record(shopName); !slices.Equal(r.Gateways, []string{"eu"}) || r.Version != version || len(w.CA.Requests) != 1 {
		t.Errorf("the record has %q and %s, %d orders", r.Gateways, r.Version, len(w.CA.Requests))
	}
	w.Gateway.LeadsTo = nil
	if inst := move(t, w, nil, "default"); inst.Status != durable.Completed || !w.Gateway.Has(shop) || eu.Has(shop) || w.Record(shopName).Gateways != nil {
		t.Errorf("back: %s %+v, %q", inst.Status, inst.Custom, w.Record(shopName).Gateways)
	}
}

func TestOtherOptionsOnOtherGatewaysAreOneChange(t *testing.T) {
	t.Parallel()
	w, eu := twoGateways(t)
	addOn(t, w)
	w.Gateway.LeadsTo = eu
	inst := move(t, w, func(in *issuance.AddInput) { in.Options.KeyType = "EC-P384" }, "eu")
	if inst.Status != durable.Completed || w.Gateway.Has(shop) || !eu.Has(shop) || len(w.CA.Requests) != 2 {
		t.Errorf("%s %+v, %d orders", inst.Status, inst.Custom, len(w.CA.Requests))
	}
}

// What a move could not do leaves the certificate where it is, in service and in its record.
func TestAMoveThatFailsLeavesItWhereItIs(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(w *issuancetest.World, eu *issuancetest.Gateway)
		code  string
		there bool // the new gateway has the listener
	}{
		"DNS leads to the old one": {func(w *issuancetest.World, _ *issuancetest.Gateway) { w.Gateway.LeadsTo = nil }, issuance.CodeHostnameNotResolving, false},
		"the new one refuses": {func(_ *issuancetest.World, eu *issuancetest.Gateway) {
			eu.Refuse = func(issuance.Listener) error {
				return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "No."}
			}
		}, issuance.CodeGatewayRefused, false},
		"the new one does not serve it": {func(_ *issuancetest.World, eu *issuancetest.Gateway) { eu.Blind = true }, issuance.CodeNotServed, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, eu := twoGateways(t)
			addOn(t, w)
			w.Gateway.LeadsTo = eu
			c.spoil(w, eu)
			inst := move(t, w, nil, "eu")
			if inst.Status != durable.Failed || inst.Custom.Error != c.code || !w.Gateway.Has(shop) || eu.Has(shop) != c.there {
				t.Errorf("%s %+v, default %v, eu %v", inst.Status, inst.Custom, w.Gateway.Has(shop), eu.Has(shop))
			}
			r := w.Record(shopName)
			if r.Gateways != nil || r.NotInstalled || r.Failures != 0 || r.Problem == nil || r.Problem.Code != c.code {
				t.Errorf("the record: %q, not installed %v, %d failures, %+v", r.Gateways, r.NotInstalled, r.Failures, r.Problem)
			}
		})
	}
}
