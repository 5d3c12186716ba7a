package challengedns_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/challengedns"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
	"certgate/internal/hostdns"
	"certgate/internal/issuance"
	"certgate/localstack/dnssim"
)

// holder is an account whose zones are fixed. A call that would change a record panics.
type holder struct {
	dnsproviders.Account
	zones []dnsproviders.Zone
	err   error
}

func (h holder) Zones(context.Context) ([]dnsproviders.Zone, error) { return h.zones, h.err }

func member(name string, h holder, lacks func(context.Context, dnsproviders.Zone) ([]string, error)) challengedns.Account {
	return challengedns.Account{Name: name, Lacks: lacks, Open: func(context.Context) (dnsproviders.Account, error) { return h, nil }}
}

func TestWhatIsWrongWithEachZoneIsSaid(t *testing.T) {
	t.Parallel()
	world := dnssim.New(dnssim.Options{})
	t.Cleanup(world.Close)
	for _, name := range []string{"good.test", "moved.test", "locked.test", "unasked.test"} {
		world.AddZone(name, "ns1.test")
	}
	world.AddZone("bogus.test", "ns1.test").SetBogus()
	resolver, err := hostdns.New(hostdns.Config{Servers: []string{world.StartRecursor().String()}, AuthorityPort: world.Port(), Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	zone := func(name string, hosts ...string) dnsproviders.Zone {
		return dnsproviders.Zone{ID: "Z-" + name, Name: name, NameServers: hosts}
	}
	rights := func(_ context.Context, z dnsproviders.Zone) ([]string, error) {
		switch z.Name {
		case "locked.test":
			return []string{"TXT/write"}, nil
		case "unasked.test":
			return nil, errors.New("secret words of a log")
		}
		return nil, nil
	}
	dns := challengedns.New(challengedns.Config{Resolver: resolver, Accounts: []challengedns.Account{
		member("main", holder{zones: []dnsproviders.Zone{zone("good.test", "ns1.test"), zone("moved.test", "ns1.old.test"), zone("nowhere.test", "ns1.test"),
			zone("bogus.test", "ns1.test"), zone("locked.test", "ns1.test"), zone("unasked.test", "ns1.test")}}, rights),
		member("quiet", holder{zones: []dnsproviders.Zone{zone("nowhere.test")}}, nil), // the provider does not tell
		member("away", holder{err: &durable.Failure{Code: issuance.CodeDNSAccessDenied, Message: "The token is refused."}}, nil),
	}})
	all := dns.Standings(t.Context())
	if len(all) != 3 || all[0].Account != "main" || all[1].Account != "quiet" || all[2].Account != "away" || all[2].Trouble != "The token is refused." || all[0].Trouble != "" {
		t.Fatalf("got %+v", all)
	}
	for i, want := range []struct{ code, says string }{
		{},
		{issuance.CodeDNSZoneNotFound, "has the name servers ns1.old.test, public DNS has ns1.test."},
		{issuance.CodeDNSZoneNotFound, "public DNS has none."},
		{issuance.CodeDNSSECNotValid, "signatures of the zone bogus.test are wrong"},
		{issuance.CodeDNSAccessDenied, "lacks TXT/write on the zone"},
		{"", "not known now whether certgate may write there."},
	} {
		got := all[0].Zones[i]
		if want.says == "" {
			if len(got.Problems) != 0 || got.ID != "Z-good.test" || !slices.Equal(got.Public, []string{"ns1.test"}) {
				t.Errorf("got %+v", got)
			}
			continue
		}
		if len(got.Problems) != 1 || got.Problems[0].Code != want.code || !strings.Contains(got.Problems[0].Says, want.says) || strings.Contains(got.Problems[0].Says, "secret") {
			t.Errorf("%s: %+v", got.Name, got.Problems)
		}
	}
	if z := all[1].Zones; len(z) != 1 || len(z[0].Problems) != 0 || z[0].Public != nil {
		t.Errorf("got %+v", z)
	}
}
