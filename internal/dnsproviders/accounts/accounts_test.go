package accounts_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/dnsproviders/accounts"
	"certgate/internal/durable"
	"certgate/internal/hostdns"
	"certgate/localstack/dnssim"
)

// account is one whose zones are fixed; its records are of no interest here.
type account struct {
	dnsproviders.Account
	zones []dnsproviders.Zone
	err   error
}

func (a account) Zones(context.Context) ([]dnsproviders.Zone, error) { return a.zones, a.err }

// shy tells a zone's name servers only when it is asked for that zone.
type shy struct {
	account
	hosts map[string][]string // by zone id
}

func (s shy) NameServers(_ context.Context, z dnsproviders.Zone) ([]string, error) {
	return s.hosts[z.ID], nil
}

func zone(name string, hosts ...string) dnsproviders.Zone {
	return dnsproviders.Zone{ID: name, Name: name, NameServers: hosts}
}

// public is public DNS with these zones.
func public(t *testing.T, zones map[string][]string) *hostdns.Resolver {
	t.Helper()
	w := dnssim.New(dnssim.Options{})
	t.Cleanup(w.Close)
	for name, hosts := range zones {
		w.AddZone(name, hosts...)
	}
	r, err := hostdns.New(hostdns.Config{Servers: []string{w.StartRecursor().String()}, AuthorityPort: w.Port(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheZoneWithTheLongestNameIsChosen(t *testing.T) {
	t.Parallel()
	dns := public(t, map[string][]string{"example.test": {"ns1.a.test"}, "shop.example.test": {"ns1.b.test"}, "other.test": {"ns1.a.test"}, "moved.example.test": {"ns9.test"}})
	all := accounts.New(dns,
		accounts.Named{Name: "first", Account: account{zones: []dnsproviders.Zone{zone("example.test", "ns1.a.test"), zone("other.test", "ns1.old.test"), zone("moved.example.test", "ns1.old.test")}}},
		accounts.Named{Name: "second", Account: account{zones: []dnsproviders.Zone{zone("shop.example.test", "ns1.b.test"), zone("other.test", "ns1.a.test"), zone("quiet.test")}}},
		accounts.Named{Name: "broken", Account: account{err: &durable.Transient{Public: "away"}}})
	for name, want := range map[string]string{
		"_acme-challenge.example.test":       "first example.test",
		"_acme-challenge.Shop.example.test.": "second shop.example.test",
		"a.b.shop.example.test":              "second shop.example.test",
		"myshop.example.test":                "first example.test",
		"example.test":                       "first example.test",
		"www.other.test":                     "second other.test", // the twin that is not in public DNS is left out
		"www.quiet.test":                     "second quiet.test", // whose provider does not tell
	} {
		held, err := all.For(t.Context(), name)
		if got := held.Account + " " + held.Zone.Name; err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
	if _, ok := all.Account("second"); !ok {
		t.Error("the second account is not known by its name")
	}
	if _, ok := all.Account("third"); ok {
		t.Error("there is a third account")
	}
	// A zone that nobody holds may be one of the account that is away.
	var transient *durable.Transient
	if _, err := all.For(t.Context(), "nobody.test"); !errors.As(err, &transient) {
		t.Errorf("got %v", err)
	}
}

func TestTwoZonesOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()
	dns := public(t, map[string][]string{"example.test": {"ns1.live.test"}})
	dead, live := zone("example.test"), zone("example.test")
	dead.ID, live.ID = "Z1", "Z2"
	all := accounts.New(dns, accounts.Named{Name: "one", Account: shy{account{zones: []dnsproviders.Zone{dead, live}},
		map[string][]string{"Z1": {"ns1.dead.test"}, "Z2": {"ns1.live.test"}}}})
	held, err := all.For(t.Context(), "www.example.test")
	if err != nil || held.Zone.ID != "Z2" {
		t.Errorf("got %+v, %v", held, err)
	}
}

func TestWhyThereIsNoZoneIsSaid(t *testing.T) {
	t.Parallel()
	dns := public(t, map[string][]string{"example.test": {"ns1.new.test"}})
	all := accounts.New(dns, accounts.Named{Name: "main", Account: account{zones: []dnsproviders.Zone{zone("example.test", "ns1.old.test"), zone("unused.test", "ns1.old.test")}}})
	for name, says := range map[string]string{
		"www.example.test": "zone example.test of DNS account main has the name servers ns1.old.test, public DNS has ns1.new.test",
		"www.unused.test":  "zone unused.test of DNS account main has the name servers ns1.old.test, public DNS has none",
		"www.nobody.test":  "No configured DNS account holds a zone for www.nobody.test. The accounts have: example.test (main), unused.test (main).",
	} {
		_, err := all.For(t.Context(), name)
		var failure *durable.Failure
		if !errors.As(err, &failure) || failure.Code != dnsproviders.DNSZoneNotFound || !strings.Contains(failure.Message, says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := all.For(ctx, "www.example.test"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
