package hostdns_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"certgate/internal/hostdns"
)

// outside makes a resolver as it is in Azure, or elsewhere: the system's servers, and
// those of the internet.
func outside(t *testing.T, inAzure bool, system string, public ...string) *hostdns.Resolver {
	t.Helper()
	file := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(file, []byte("nameserver "+system+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := hostdns.New(hostdns.Config{AskPublic: inAzure, Public: public, SystemFile: file, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// nobody is an address where no server is.
func nobody(t *testing.T) string {
	t.Helper()
	listener, packets := listenBoth(t)
	defer listener.Close()
	defer packets.Close()
	return listener.Addr().String()
}

const (
	privateZone = "example.test. SOA azureprivatedns.net. host.azureprivatedns.net. 1 2 3 4 5\nshop.example.test. A 10.0.0.4"
	publicZone  = "example.test. SOA ns1.provider.test. hostmaster.provider.test. 7 2 3 4 5\nshop.example.test. A 192.0.2.1"
)

func TestPublicResolversAreAskedForChallengeRecordsToo(t *testing.T) {
	t.Parallel()
	system, public := serve(t, zone{records: privateZone}), serve(t, zone{records: publicZone})
	sight, err := outside(t, true, system.addr, public.addr).TXTAtResolvers(t.Context(), "shop.example.test", nil)
	if err != nil || len(sight.Servers) != 1 || sight.Servers[0].Host != public.addr {
		t.Errorf("%v; %+v were asked, want %s", err, sight.Servers, public.addr)
	}
}

func TestPublicResolversAreAskedBeforeTheSystems(t *testing.T) {
	t.Parallel()
	system := serve(t, zone{records: privateZone})
	for name, c := range map[string]struct {
		public zone
		gone   bool // no public resolver is reached
		want   string
		fails  bool
	}{
		"they answer":                   {public: zone{records: publicZone}, want: "192.0.2.1"},
		"they know no such name":        {public: zone{records: "other.test. A 192.0.2.9"}},
		"they are not reached":          {gone: true, want: "10.0.0.4"},
		"they do not want us":           {public: zone{rcodes: map[string]int{"shop.example.test.": dns.RcodeRefused}}, want: "10.0.0.4"},
		"the domain itself is broken":   {public: zone{rcodes: map[string]int{"shop.example.test.": dns.RcodeServerFailure}}, fails: true},
		"only the longer way is closed": {public: zone{truncate: true, noTCP: true, records: publicZone}, want: "10.0.0.4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := nobody(t)
			if !c.gone {
				address = serve(t, c.public).addr
			}
			r := outside(t, true, system.addr, nobody(t), address)
			found, err := r.Addresses(t.Context(), "shop.example.test")
			if (err != nil) != c.fails {
				t.Fatalf("got %v", err)
			}
			if got := strings.Join(texts(found.IPs), ","); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if fell := strings.Contains(found.Note, "UDP and TCP port 53"); fell != (c.want == "10.0.0.4") {
				t.Errorf("the note says %q", found.Note)
			}
		})
	}
}

func TestSettingsStandOverPublicResolvers(t *testing.T) {
	t.Parallel()
	mine, public := serve(t, zone{records: privateZone}), serve(t, zone{records: publicZone})
	r, err := hostdns.New(hostdns.Config{Servers: []string{mine.addr}, AskPublic: true, Public: []string{public.addr}})
	if err != nil {
		t.Fatal(err)
	}
	found, err := r.Addresses(t.Context(), "shop.example.test")
	if err != nil || !slices.Equal(texts(found.IPs), []string{"10.0.0.4"}) || found.Note != "" {
		t.Errorf("got %+v, %v", found, err)
	}
	if says, misleads := r.View(t.Context(), "shop.example.test"); says != "" || misleads {
		t.Errorf("a view that somebody chose is called private: %q", says)
	}
	if asked := public.queries(); len(asked) != 0 {
		t.Errorf("public resolvers were asked: %v", asked)
	}
}

func TestAPrivateViewIsSeen(t *testing.T) {
	t.Parallel()
	public := serve(t, zone{records: publicZone}).addr
	for name, c := range map[string]struct {
		system   string // records
		inAzure  bool
		gone     bool
		says     []string
		misleads bool
	}{
		"private addresses":                          {system: privateZone, says: []string{"10.0.0.4", "Set DnsResolvers"}, misleads: true},
		"private addresses, not used":                {system: privateZone, inAzure: true, says: []string{"10.0.0.4", "not asked"}},
		"private addresses, used for want of others": {system: privateZone, inAzure: true, gone: true, says: []string{"10.0.0.4", "Set DnsResolvers"}, misleads: true},
		"another start of authority": {
			system: "example.test. SOA azureprivatedns.net. host.azureprivatedns.net. 1 2 3 4 5\nshop.example.test. A 192.0.2.1",
			says:   []string{"example.test of azureprivatedns.net", "example.test of ns1.provider.test"}, misleads: true,
		},
		"another zone": {
			system: "shop.example.test. SOA azureprivatedns.net. host.azureprivatedns.net. 1 2 3 4 5", inAzure: true,
			says: []string{"shop.example.test of azureprivatedns.net", "not asked"},
		},
		"the same, with another serial": {system: strings.Replace(publicZone, " 7 ", " 8 ", 1)},
		"nobody to compare with":        {system: publicZone, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := public
			if c.gone {
				address = nobody(t)
			}
			says, misleads := outside(t, c.inAzure, serve(t, zone{records: c.system}).addr, address).View(t.Context(), "shop.example.test")
			if misleads != c.misleads || (says != "") != (len(c.says) > 0) {
				t.Errorf("got %q, %v", says, misleads)
			}
			for _, word := range c.says {
				if !strings.Contains(says, word) {
					t.Errorf("%q does not say %q", says, word)
				}
			}
		})
	}
}

func TestReachTellsTheWaysApart(t *testing.T) {
	t.Parallel()
	good, noTCP, gone := serve(t, zone{}), serve(t, zone{noTCP: true}), nobody(t)
	source, reached, err := outside(t, true, gone, good.addr, noTCP.addr, gone).Reach(t.Context())
	if err != nil || source != hostdns.FromPublic || len(reached) != 3 {
		t.Fatalf("got %v, %+v, %v", source, reached, err)
	}
	if !reached[0].Answers() || reached[1].UDP != "" || reached[1].TCP == "" || reached[2].UDP == "" || reached[2].TCP == "" {
		t.Errorf("got %+v", reached)
	}
	source, reached, err = outside(t, false, good.addr, gone).Reach(t.Context())
	if err != nil || source != hostdns.FromSystem || len(reached) != 1 || !reached[0].Answers() {
		t.Errorf("got %v, %+v, %v", source, reached, err)
	}
	if _, _, err := outside(t, false, "", gone).Reach(t.Context()); err == nil {
		t.Error("a system without servers has some")
	}
}
