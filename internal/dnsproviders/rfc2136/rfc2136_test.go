package rfc2136_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/miekg/dns"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/dnstest"
	"certgate/internal/dnsproviders/rfc2136"
	"certgate/internal/durable"
	"certgate/localstack/dnssim"
)

const secret = "c2VjcmV0LW9mLXRoZS1rZXk="

func TestTheContractOfDNSProviders(t *testing.T) {
	t.Parallel()
	dnstest.Exercise(t, func(t *testing.T) dnstest.Stand {
		world := dnssim.New(dnssim.Options{})
		t.Cleanup(world.Close)
		zone := world.AddZone("example.com", "ns1.example.net", "ns2.example.net")
		primary := world.StartPrimary("certgate", secret)
		return dnstest.Stand{
			Open: func() dnsproviders.Account {
				return open(t, rfc2136.Config{Server: primary.Addr.String(), Key: "certgate", Secret: secret, Zones: []string{"example.com"}})
			},
			Zone:     "example.com",
			Values:   func(name string) []string { values, _ := zone.TXT(name); return values },
			Put:      func(name, value string) { zone.ChangeTXT(name, 3600, []string{value}, nil) },
			LoseZone: func() { world.DropZone("example.com") },
			Fails: func(status int) {
				primary.Fails(map[int]int{http.StatusForbidden: dns.RcodeRefused, http.StatusUnauthorized: dns.RcodeRefused, http.StatusBadGateway: dns.RcodeServerFailure}[status])
			},
			Configured: true,
			Unlimited:  true,
		}
	})
}

func open(t *testing.T, c rfc2136.Config) *rfc2136.Account {
	t.Helper()
	a, err := rfc2136.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAKeyThatTheServerDoesNotTakeIsNamed(t *testing.T) {
	t.Parallel()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	zone := world.AddZone("example.com", "ns1.example.net")
	primary := world.StartPrimary("certgate", secret)
	c := dnsproviders.Change{Name: "_acme-challenge.example.com", Values: []string{"v"}}
	for name, config := range map[string]rfc2136.Config{
		"another secret": {Server: primary.Addr.String(), Key: "certgate", Secret: "b3RoZXI=", Zones: []string{"example.com"}},
		"another key":    {Server: primary.Addr.String(), Key: "other", Secret: secret, Zones: []string{"example.com"}},
	} {
		a := open(t, config)
		zones, _ := a.Zones(t.Context())
		_, err := a.Ensure(t.Context(), zones[0], c)
		var failure *durable.Failure
		if !errors.As(err, &failure) || failure.Code != dnsproviders.DNSAccessDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if names := zone.TXTNames(); len(names) > 0 {
		t.Errorf("written were %v", names)
	}
}

func TestMistakesInTheSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]rfc2136.Config{
		"no server":     {Key: "k", Secret: secret, Zones: []string{"example.com"}},
		"no key":        {Server: "ns.example", Secret: secret, Zones: []string{"example.com"}},
		"no base64":     {Server: "ns.example", Key: "k", Secret: "!", Zones: []string{"example.com"}},
		"no zone":       {Server: "ns.example", Key: "k", Secret: secret},
		"old algorithm": {Server: "ns.example", Key: "k", Secret: secret, Zones: []string{"example.com"}, Algorithm: "hmac-md5"},
	} {
		if _, err := rfc2136.New(c); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, algorithm := range rfc2136.Algorithms {
		open(t, rfc2136.Config{Server: "ns.example", Key: "k", Secret: secret, Zones: []string{"example.com"}, Algorithm: algorithm})
	}
}
