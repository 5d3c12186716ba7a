package gatewayview_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"certgate/internal/appgateway/appgatewaytest"
	"certgate/internal/durable/durabletest"
	"certgate/internal/gatewaydoc"
	"certgate/internal/gatewayprobe"
	"certgate/internal/gatewayview"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/secretid"
)

// gateway is a document as Azure keeps it, with a listener of certgate's added.
type gateway struct {
	doc   *gatewaydoc.Document
	err   error
	reads int
}

func (g *gateway) ID() string { return appgatewaytest.ID }

func (g *gateway) Read(context.Context) (*gatewaydoc.Document, error) {
	g.reads++
	return g.doc, g.err
}

func (g *gateway) PublicAddresses(context.Context) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1")}, g.err
}

type probe struct{}

func (probe) ServedChain(_ context.Context, hostname string, addr netip.Addr) ([][]byte, error) {
	if addr.Is6() || hostname != "shop.example.com" {
		return nil, errors.New("no route")
	}
	return [][]byte{{1}, {2}}, nil
}

func (probe) Look(_ context.Context, scheme, _ string, gateway []netip.Addr) gatewayprobe.Look {
	return gatewayprobe.Look{End: gatewayprobe.Answered, Answers: []gatewayprobe.Answer{{URL: scheme, Status: len(gateway)}}}
}

func installed(t *testing.T) *gateway {
	t.Helper()
	doc, err := gatewaydoc.Parse(appgatewaytest.Gateway())
	if err != nil {
		t.Fatal(err)
	}
	l := issuance.Listener{Name: "shop-example-com", Hostname: "shop.example.com", SecretID: "https://Vault.test/secrets/shop-example-com"}
	if _, err := doc.Want(l, gatewaydoc.Settings{BackendPool: "web", HTTPSettings: "https"}); err != nil {
		t.Fatal(err)
	}
	return &gateway{doc: doc}
}

func TestListenersAreFoundByTheSecretOfTheirCertificate(t *testing.T) {
	t.Parallel()
	g, clock := installed(t), durabletest.NewClock()
	v := gatewayview.New([]gatewayview.Named{{Gateway: g}}, probe{}, clock.Now)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			listeners, err := v.Listeners(t.Context())
			if got := listeners[secretid.Key("https://vault.test/secrets/Shop-Example-Com/0123")]; err != nil || !slices.Equal(got, []managed.Place{{Listener: "shop-example-com-listener"}}) {
				t.Errorf("%v, %v", listeners, err)
			}
		})
	}
	all.Wait()
	if g.reads != 1 {
		t.Errorf("ten at a time read the gateway %d times", g.reads)
	}
	clock.Advance(time.Minute)
	g.err = errors.New("ARM is away")
	for range 3 {
		if _, err := v.Listeners(t.Context()); err == nil || g.reads != 2 {
			t.Errorf("after a minute: %d reads, %v", g.reads, err)
		}
	}
	clock.Advance(time.Minute)
	g.err = nil
	if listeners, err := v.Listeners(t.Context()); err != nil || len(listeners) == 0 {
		t.Errorf("after two: %v, %v", listeners, err)
	}
	if v.ResourceName("") != "gw" {
		t.Errorf("name %q", v.ResourceName(""))
	}
}

func TestAReadingFromBeforeAKnownChangeIsNotShown(t *testing.T) {
	t.Parallel()
	g, clock := installed(t), durabletest.NewClock()
	v := gatewayview.New([]gatewayview.Named{{Gateway: g}}, probe{}, clock.Now)
	key := secretid.Key("https://vault.test/secrets/shop-example-com")
	if listeners, err := v.Listeners(t.Context()); err != nil || len(listeners[key]) != 1 {
		t.Fatalf("%v, %v", listeners, err)
	}
	if _, err := g.doc.Remove("shop-example-com", ""); err != nil { // another process has taken the listener off
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	changed := clock.Now()
	if listeners, err := v.Listeners(t.Context()); err != nil || len(listeners[key]) != 1 || g.reads != 1 {
		t.Errorf("it was not said that it changed: %v, %v, %d reads", listeners, err, g.reads)
	}
	for range 3 {
		if listeners, err := v.ListenersSince(t.Context(), changed); err != nil || len(listeners[key]) != 0 || g.reads != 2 {
			t.Errorf("after the change: %v, %v, %d reads", listeners, err, g.reads)
		}
	}
}

func TestALookIsAtEachPublicAddressOfTheGatewayThatWasNamed(t *testing.T) {
	t.Parallel()
	v := gatewayview.New([]gatewayview.Named{{Gateway: installed(t)}}, probe{}, nil)
	look, err := v.Look(t.Context(), "", "shop.example.com")
	if err != nil || look.HTTP.Answers[0].URL != "http" || look.HTTPS.Answers[0].URL != "https" || look.HTTP.Answers[0].Status != 2 {
		t.Errorf("%v, %v", look, err)
	}
	if _, err := v.Look(t.Context(), "mars", "shop.example.com"); err == nil {
		t.Error("a gateway that the settings do not have was looked at")
	}
}

func TestTheChainIsThatOfAnAddressThatAnswers(t *testing.T) {
	t.Parallel()
	v := gatewayview.New([]gatewayview.Named{{Gateway: installed(t)}}, probe{}, nil)
	if chain, err := v.Chain(t.Context(), "", "shop.example.com"); err != nil || len(chain) != 2 {
		t.Errorf("%v, %v", chain, err)
	}
	if _, err := v.Chain(t.Context(), "", "other.example.com"); err == nil {
		t.Error("a hostname that is not served has a chain")
	}
}
