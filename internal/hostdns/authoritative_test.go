package hostdns_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/hostdns"
	"certgate/localstack/dnssim"
)

// public is a small public DNS whose clock the test moves.
type public struct {
	*dnssim.World
	resolver *hostdns.Resolver
	clock    *durabletest.Clock
}

func newPublic(t *testing.T) *public {
	t.Helper()
	p := &public{clock: durabletest.NewClock()}
	p.World = dnssim.New(dnssim.Options{Now: p.clock.Now})
	t.Cleanup(p.Close)
	p.AddZone("test", "ns.test")
	recursor := p.StartRecursor()
	var err error
	p.resolver, err = hostdns.New(hostdns.Config{Servers: []string{recursor.String()}, AuthorityPort: p.Port(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// neverResolved fails if a resolver has heard of a name.
func (p *public) neverResolved(t *testing.T, name string) {
	t.Helper()
	for _, q := range p.Resolved() {
		if q.Name == name+"." {
			t.Errorf("the resolver was asked for %s of %s", q.Type, name)
		}
	}
}

const challenge = "_acme-challenge.shop.example.test"

func TestRecordsAreThereWhenEveryServerHasThem(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	zone := p.AddZone("example.test", "ns1.test", "ns2.test", "ns3.test")
	p.Server("ns2.test").Lag(time.Minute)
	p.clock.Advance(time.Hour)
	look := func() hostdns.Sight {
		t.Helper()
		sight, err := p.resolver.TXTEverywhere(t.Context(), "example.test", challenge, []string{"one", "two"})
		if err != nil {
			t.Fatal(err)
		}
		return sight
	}
	if s := look(); s.Everywhere(true) || s.Sentence() != "0 of 3 name servers of example.test have the records; ns1.test, ns2.test, ns3.test do not have them yet." {
		t.Errorf("before: %s", s.Sentence())
	}
	zone.SetTXT(challenge, 60, "one", "two", "theirs")
	if s := look(); s.Everywhere(true) || s.Sentence() != "2 of 3 name servers of example.test have the records; ns2.test does not have them yet." {
		t.Errorf("while one lags: %s", s.Sentence())
	}
	p.clock.Advance(time.Minute)
	if s := look(); !s.Everywhere(false) || s.Sentence() != "3 of 3 name servers of example.test have the records." {
		t.Errorf("after: %s", s.Sentence())
	}
	zone.SetTXT(challenge, 60, "one", "theirs")
	p.clock.Advance(time.Minute)
	s := look()
	if s.Everywhere(true) || !slices.Equal(s.Servers[0].Missing, []string{"two"}) {
		t.Errorf("with one value gone: %+v", s)
	}
	p.neverResolved(t, challenge)
}

func TestServersThatDoNotAnswerAreNamedAndForgiven(t *testing.T) {
	t.Parallel()
	for mood, says := range map[dnssim.Mood]string{
		dnssim.Silent:   "ns3.test (timed out) gives no answer",
		dnssim.Refuses:  "ns3.test (answered REFUSED) gives no answer",
		dnssim.Fails:    "ns3.test (answered SERVFAIL) gives no answer",
		dnssim.Resolves: "ns3.test (answered without authority for the zone) gives no answer",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			p := newPublic(t)
			zone := p.AddZone("example.test", "ns1.test", "ns2.test", "ns3.test")
			zone.SetTXT(challenge, 60, "one")
			p.Server("ns3.test").Set(mood)
			see := func() hostdns.Sight {
				t.Helper()
				s, err := p.resolver.TXTEverywhere(t.Context(), "example.test", challenge, []string{"one"})
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			if s := see(); s.Everywhere(false) || !s.Everywhere(true) || !strings.Contains(s.Sentence(), says) {
				t.Errorf("%v: %s", mood, s.Sentence())
			}
			// One that answers is not enough where there are more.
			p.Server("ns2.test").Set(mood)
			if s := see(); s.Everywhere(true) {
				t.Errorf("with one of three: %s", s.Sentence())
			}
		})
	}
}

func TestLongAnswersComeOverTCP(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	zone := p.AddZone("example.test", "ns1.test", "ns2.test")
	var values []string
	for i := range 40 {
		values = append(values, fmt.Sprintf("%043d", i))
	}
	zone.SetTXT(challenge, 60, values...)
	p.Server("ns2.test").OnlyTCP()
	sight, err := p.resolver.TXTEverywhere(t.Context(), "example.test", challenge, values)
	if err != nil || !sight.Everywhere(false) {
		t.Errorf("%v, %s", err, sight.Sentence())
	}
	if asked := p.Server("ns1.test").Asked(); asked[0].Network != "udp" || asked[len(asked)-1].Network != "tcp" {
		t.Errorf("was asked %v", asked)
	}
}

func TestAChildZoneThatHasTheNameIsSaid(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	zone := p.AddZone("example.test", "ns1.test")
	zone.Add("shop NS ns9.test.")
	sight, err := p.resolver.TXTEverywhere(t.Context(), "example.test", challenge, []string{"one"})
	if err != nil || sight.Everywhere(true) || !strings.Contains(sight.Sentence(), "ns1.test (refers to shop.example.test) does not have them yet") {
		t.Errorf("%v, %s", err, sight.Sentence())
	}
}

func TestALookEndsWithItsContext(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("example.test", "ns1.test")
	p.Server("ns1.test").Set(dnssim.Silent)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.resolver.TXTEverywhere(ctx, "example.test", challenge, []string{"one"}); !errors.Is(err, context.Canceled) {
		t.Errorf("look: %v", err)
	}
	if _, err := p.resolver.Aliases(ctx, challenge); !errors.Is(err, context.Canceled) {
		t.Errorf("aliases: %v", err)
	}
}

func TestAliasesAreFollowedFromZoneToZone(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("example.test", "ns1.test").Add("_acme-challenge.shop CNAME shop.first.test.")
	p.AddZone("first.test", "ns2.test").Add("shop CNAME k7.second.test.")
	second := p.AddZone("second.test", "ns3.test")
	second.Add("deep NS ns4.test.")
	hops, err := p.resolver.Aliases(t.Context(), challenge)
	want := "[{_acme-challenge.shop.example.test example.test shop.first.test false} {shop.first.test first.test k7.second.test false} {k7.second.test second.test  false}]"
	if err != nil || fmt.Sprint(hops) != want {
		t.Errorf("%v %v", hops, err)
	}
	for _, name := range []string{challenge, "shop.first.test", "k7.second.test"} {
		p.neverResolved(t, name)
	}

	// A name that is a zone of its own, which its parent's servers refer to.
	p.AddZone("example2.test", "ns1.test").Add("_acme-challenge NS ns5.test.")
	p.AddZone("_acme-challenge.example2.test", "ns5.test")
	hops, err = p.resolver.Aliases(t.Context(), "_acme-challenge.example2.test")
	if err != nil || len(hops) != 1 || hops[0].Zone != "_acme-challenge.example2.test" {
		t.Errorf("%v %v", hops, err)
	}

	p.AddZone("loop.test", "ns6.test").Add("_acme-challenge CNAME b\nb CNAME _acme-challenge")
	if hops, err = p.resolver.Aliases(t.Context(), "_acme-challenge.loop.test"); !errors.Is(err, hostdns.ErrEndless) || len(hops) != 2 {
		t.Errorf("loop: %v %v", hops, err)
	}
}

func TestAnAliasThatAWildcardMakesIsToldApart(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	zone := p.AddZone("example.test", "ns1.test")
	zone.Add("* CNAME gateway.test.\n_acme-challenge.own CNAME gateway.test.\nown A 192.0.2.1")
	for name, synthesized := range map[string]bool{
		"_acme-challenge.example.test":      true,
		"_acme-challenge.shop.example.test": true,
		"_acme-challenge.own.example.test":  false, // the same target, but written for this name
	} {
		hops, err := p.resolver.Aliases(t.Context(), name)
		if err != nil || hops[0].Target != "gateway.test" || hops[0].Synthesized != synthesized {
			t.Errorf("%s: %+v %v", name, hops, err)
		}
	}
}

func TestANameThatLivesFromAWildcardIsToldApart(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("example.test", "ns1.test").Add("@ A 192.0.2.1\n* A 192.0.2.1\nwww A 192.0.2.1\nown A 192.0.2.9\n*.own A 192.0.2.9\nsix AAAA 2001:db8::1\nalias CNAME www\ntext TXT x")
	for name, want := range map[string]bool{
		"shop.example.test":  true,
		"a.b.example.test":   true,
		"www.example.test":   false, // the wildcard's address, but a record of its own
		"own.example.test":   false,
		"x.own.example.test": true,
		"six.example.test":   false,
		"alias.example.test": false,
		"text.example.test":  false, // no address at all
		"example.test":       false,
	} {
		got, err := p.resolver.OnlyByWildcard(t.Context(), name)
		if err != nil || got != want {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
}

func TestAZoneThatPublicDNSDoesNotLeadToIsToldApart(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddTwin("example.test", "ns1.old.test", "ns2.old.test")
	p.AddZone("example.test", "ns1.test", "ns2.test")
	for _, tc := range []struct {
		zone  string
		hosts []string
		serve bool
	}{
		{"example.test", []string{"ns1.test", "ns2.test"}, true},
		{"example.test", []string{"ns2.test", "ns3.test"}, true}, // others are fed by it
		{"example.test", []string{"ns1.old.test", "ns2.old.test"}, false},
		{"none.test", []string{"ns1.test"}, false},
	} {
		public, serve, err := p.resolver.Serve(t.Context(), tc.zone, tc.hosts)
		if err != nil || serve != tc.serve || tc.zone == "example.test" && !slices.Equal(public, []string{"ns1.test", "ns2.test"}) {
			t.Errorf("%s %v: %v %v %v", tc.zone, tc.hosts, public, serve, err)
		}
	}
	// Servers under names of the zone's own.
	p.AddZone("vanity.test", "ns.vanity.test")
	zone, _ := p.Lookup("test")
	zone.Add("provider A " + p.Server("ns.vanity.test").Addr.Addr().String())
	if _, serve, err := p.resolver.Serve(t.Context(), "vanity.test", []string{"provider.test"}); err != nil || !serve {
		t.Errorf("by address: %v %v", serve, err)
	}
}

func TestWrongSignaturesAreToldApart(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("good.test", "ns1.test")
	p.AddZone("bogus.test", "ns1.test").SetBogus()
	p.AddZone("dead.test", "ns2.test")
	p.Server("ns2.test").Set(dnssim.Silent)
	for zone, want := range map[string]bool{"good.test": false, "bogus.test": true, "dead.test": false, "none.test": false} {
		if got, err := p.resolver.Bogus(t.Context(), zone); err != nil || got != want {
			t.Errorf("%s: %v %v", zone, got, err)
		}
	}
}

func TestAZoneWithoutServersThatAnswerIsSaid(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("example.test", "ns1.test").Add("lame NS ns3.test.") // who does not know of it
	p.AddZone("dead.test", "ns3.test")
	p.Server("ns3.test").Set(dnssim.Refuses)
	for name, says := range map[string]string{
		"_acme-challenge.lame.example.test": "None of the name servers of lame.example.test answers for _acme-challenge.lame.example.test.",
		"_acme-challenge.dead.test":         "domain's own name servers do not answer",
		"_acme-challenge.nothing.here":      "Public DNS has no zone for _acme-challenge.nothing.here.",
	} {
		_, err := p.resolver.Aliases(t.Context(), name)
		var transient *durable.Transient
		if !errors.As(err, &transient) || !strings.Contains(transient.Public, says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPrivateZoneThatHidesThePublicOneIsSeen(t *testing.T) {
	t.Parallel()
	inside, outside := newPublic(t), newPublic(t)
	outside.AddZone("example.test", "ns1.test")
	outside.AddZone("same.test", "ns1.test")
	inside.AddZone("example.test", "private.test")
	inside.AddZone("same.test", "ns1.test")
	for zone, want := range map[string]string{"example.test": "false private.test ns1.test", "same.test": "true ns1.test ns1.test", "none.test": "true  "} {
		same, own, others, err := inside.resolver.SameView(t.Context(), outside.resolver, zone)
		if got := fmt.Sprint(same, " ", own, " ", others); err != nil || got != want {
			t.Errorf("%s: %s, %v", zone, got, err)
		}
	}
}

func TestResolversAreAskedWhereNameServersCannotBe(t *testing.T) {
	t.Parallel()
	p := newPublic(t)
	p.AddZone("example.test", "ns1.test").Add("_acme-challenge.shop CNAME k7.second.test.")
	zone := p.AddZone("second.test", "ns2.test")
	if ttl, err := p.resolver.NegativeTTL(t.Context(), "second.test"); err != nil || ttl != 30*time.Minute {
		t.Errorf("negative TTL: %s %v", ttl, err)
	}
	zone.SetTXT("k7.second.test", 60, "one")
	sight, err := p.resolver.TXTAtResolvers(t.Context(), challenge, []string{"one"})
	if err != nil || !sight.Everywhere(false) || sight.Sentence() != "1 of 1 DNS resolvers have the records." {
		t.Errorf("%v, %s", err, sight.Sentence())
	}
	if sight, err = p.resolver.TXTAtResolvers(t.Context(), challenge, []string{"one", "two"}); err != nil || sight.Everywhere(true) || !slices.Equal(sight.Servers[0].Missing, []string{"two"}) {
		t.Errorf("%v, %+v", err, sight)
	}
}
