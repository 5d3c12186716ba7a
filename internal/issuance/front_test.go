package issuance_test

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
)

const frontHost = "shop-a1b2c3.z01.azurefd.net"

// front stands before the gateway for the names of example.com.
type front struct{}

func (front) Front(hostname string) *issuance.Front {
	if !strings.HasSuffix(hostname, ".example.com") {
		return nil
	}
	return &issuance.Front{Target: "edge", Host: frontHost}
}

func ip(text string) netip.Addr { return netip.MustParseAddr(text) }

// leads is a hostname that leads to addresses, with or without a CNAME.
func leads(chain string, at ...string) issuance.Addresses {
	var found issuance.Addresses
	if chain != "" {
		found.Chain = []string{chain}
	}
	for _, text := range at {
		found.IPs = append(found.IPs, ip(text))
	}
	return found
}

func withFront(t *testing.T, shop issuance.Addresses) *issuancetest.World {
	t.Helper()
	w := issuancetest.NewWorld(t)
	w.Fronts = front{}
	w.Gateway.Leads = func(hostname string) (issuance.Addresses, bool) {
		switch hostname {
		case "shop.example.com":
			return shop, true
		case frontHost:
			return leads("", "192.0.2.80"), true
		}
		return issuance.Addresses{}, false
	}
	w.Runner.Add(issuance.AddCertificate(w.Ports()))
	w.Runner.Add(issuance.RenewCertificate(w.Ports()))
	return w
}

// What a hostname may lead to, and where its validation file is then looked at.
func TestAHostnameMayLeadToWhatStandsBeforeTheGateway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shop issuance.Addresses
		at   string // of the look; "" for none
		says string
	}{
		"a CNAME to it": {shop: leads(frontHost, "192.0.2.80"), at: "192.0.2.80"},
		"a CNAME to it, which is elsewhere there": {shop: leads(frontHost, "9.9.9.9"), at: "9.9.9.9"},
		"a CNAME to a name that has its address":  {shop: leads("example.net", "192.0.2.80"), at: "192.0.2.80"},
		"its address":                             {shop: leads("", "192.0.2.80"), at: "192.0.2.80"},
		"another public address, as of an ALIAS":  {shop: leads("", "9.9.9.9"), at: "9.9.9.9"},
		"the gateway, as before":                  {shop: leads("", "203.0.113.7"), at: "203.0.113.7"},
		"both":                                    {shop: leads("", "203.0.113.7", "192.0.2.80"), at: "192.0.2.80"},
		"a CNAME to somebody else":                {shop: leads("other.example.net", "9.9.9.9"), says: "(CNAME to other.example.net) resolves to 9.9.9.9, and should lead to " + frontHost},
		"an address inside":                       {shop: leads("", "10.0.0.5"), says: "resolves to 10.0.0.5, and should lead to"},
		"nothing":                                 {shop: leads(""), says: "has no address in DNS, and should lead to " + frontHost + ", the host of the target edge, or to the Application Gateway at 203.0.113.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withFront(t, c.shop)
			id := w.Add("shop.example.com")
			w.Drain()
			inst := w.Instance(id)
			if (inst.Status == durable.Completed) != (c.says == "") || !strings.Contains(inst.Custom.Message, c.says) {
				t.Errorf("%s %+v", inst.Status, inst.Custom)
			}
			if c.at == "" != (len(w.Gateway.Asked) == 0) || c.at != "" && !slices.Contains(w.Gateway.Asked, ip(c.at)) {
				t.Errorf("the file was looked at at %v, want %q", w.Gateway.Asked, c.at)
			}
		})
	}
}

// Whoever owns a name decides where it leads: a CNAME to the front does not make certgate ask
// an address inside.
func TestNoAddressInsideIsAskedForAHostnameThatClaimsToLeadToTheFront(t *testing.T) {
	t.Parallel()
	w := withFront(t, leads(frontHost, "169.254.169.254"))
	id := w.Add("shop.example.com")
	w.Drain()
	if inst := w.Instance(id); inst.Custom.Error != issuance.CodeHostnameNotResolving || len(w.Gateway.Asked) > 0 {
		t.Errorf("%s %+v, asked at %v", inst.Status, inst.Custom, w.Gateway.Asked)
	}
}

func TestAFrontThatDoesNotLeadToTheFileIsNamed(t *testing.T) {
	t.Parallel()
	w := withFront(t, leads(frontHost, "192.0.2.80"))
	w.Gateway.Port80 = func() int { return 404 }
	id := w.Add("shop.example.com")
	w.Drain()
	if inst := w.Instance(id); inst.Custom.Error != issuance.CodeValidationFileNotFound || !strings.Contains(inst.Custom.Message, "the target edge, which stands before the gateway") {
		t.Errorf("%s %+v", inst.Status, inst.Custom)
	}
}

// A gateway that lets in nobody but its front cannot be looked at: that is said, and is no
// failure. Without a front it is one.
func TestALockedGatewayIsNoFailureBehindAFront(t *testing.T) {
	t.Parallel()
	w := withFront(t, leads(frontHost, "192.0.2.80"))
	w.Gateway.Locked = true
	behind, alone := w.Add("shop.example.com"), w.Add("shop.example.org")
	w.Drain()
	if inst := w.Instance(behind); inst.Status != durable.Completed || !strings.Contains(string(inst.Output), "nobody but the target edge") {
		t.Errorf("%s %+v %s", inst.Status, inst.Custom, inst.Output)
	}
	if r := w.Record("shop-example-com"); r.Served != managed.ServedUnknown {
		t.Errorf("it counts as served: %s", r.Served)
	}
	if inst := w.Instance(alone); inst.Custom.Error != issuance.CodeNotServed {
		t.Errorf("without a front: %s %+v", inst.Status, inst.Custom)
	}
}

func TestAFrontIsAskedForWithTheHostnameAlone(t *testing.T) {
	t.Parallel()
	w := withFront(t, leads(frontHost, "192.0.2.80"))
	problem, err := issuance.ExplainWay(context.Background(), w.Gateway, nil, "shop.example.com", leads(frontHost, "192.0.2.80"), []netip.Addr{ip("203.0.113.7")})
	if err != nil || !strings.Contains(problem, "the Application Gateway is at 203.0.113.7") {
		t.Errorf("without a front: %q, %v", problem, err)
	}
}
