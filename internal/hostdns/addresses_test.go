package hostdns_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

func TestAddressesFollowsTheWholeChain(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	for i := range 30 {
		fmt.Fprintf(&long, "h%d.test. CNAME h%d.test.\n", i, i+1)
	}
	long.WriteString("h30.test. A 192.0.2.30\n")
	for name, c := range map[string]struct {
		zone  zone
		host  string
		chain []string
		ips   []string
	}{
		"direct addresses of both families": {
			zone: zone{records: "a.test. A 192.0.2.1\na.test. A 192.0.2.2\na.test. AAAA 2001:db8::1"},
			host: "a.test", ips: []string{"192.0.2.1", "192.0.2.2", "2001:db8::1"},
		},
		"a chain answered at once": {
			zone: zone{records: "a.test. CNAME B.test.\nb.test. CNAME c.test.\nc.test. A 192.0.2.1"},
			host: "A.test", chain: []string{"b.test", "c.test"}, ips: []string{"192.0.2.1"},
		},
		"a chain answered link by link": {
			zone: zone{oneLink: true, records: "a.test. CNAME b.test.\nb.test. CNAME c.test.\nc.test. A 192.0.2.1"},
			host: "a.test", chain: []string{"b.test", "c.test"}, ips: []string{"192.0.2.1"},
		},
		"thirty links": {zone: zone{oneLink: true, records: long.String()}, host: "h0.test", chain: hosts(1, 30), ips: []string{"192.0.2.30"}},
		"a chain that ends nowhere": {
			zone: zone{oneLink: true, records: "a.test. CNAME gone.test."}, host: "a.test", chain: []string{"gone.test"},
		},
		"a chain that ends nowhere, answered at once": {
			zone: zone{records: "a.test. CNAME gone.test."}, host: "a.test", chain: []string{"gone.test"},
		},
		"no such name":       {zone: zone{records: "b.test. A 192.0.2.1"}, host: "a.test"},
		"no address records": {zone: zone{records: "a.test. TXT x"}, host: "a.test"},
		"the answer over TCP when it does not fit": {
			zone: zone{truncate: true, records: "a.test. A 192.0.2.1"}, host: "a.test", ips: []string{"192.0.2.1"},
		},
		"a server without EDNS": {
			zone: zone{noEDNS: true, records: "a.test. A 192.0.2.1"}, host: "a.test", ips: []string{"192.0.2.1"},
		},
		"a domain whose servers break on AAAA": {
			zone: zone{records: "a.test. A 192.0.2.1", rcodes: map[string]int{"a.test. AAAA": dns.RcodeServerFailure}},
			host: "a.test", ips: []string{"192.0.2.1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := resolver(t, serve(t, c.zone)).Addresses(context.Background(), c.host)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.chain, found.Chain); diff != "" {
				t.Errorf("chain (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.ips, texts(found.IPs)); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEndlessChainIsTheDomainOwnersToMend(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	for i := range 40 {
		fmt.Fprintf(&long, "h%d.test. CNAME h%d.test.\n", i, i+1)
	}
	for name, c := range map[string]struct{ records, host, says string }{
		"a loop":         {"a.test. CNAME b.test.\nb.test. CNAME a.test.", "a.test", "loop (a.test → b.test → a.test)"},
		"to itself":      {"a.test. CNAME a.test.", "a.test", "loop (a.test → a.test)"},
		"too many links": {long.String(), "h0.test", "more than 32"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, oneLink := range []bool{true, false} {
				_, err := resolver(t, serve(t, zone{records: c.records, oneLink: oneLink})).Addresses(context.Background(), c.host)
				var failure *durable.Failure
				if !errors.As(err, &failure) || failure.Code != issuance.CodeHostnameNotResolving || !strings.Contains(failure.Message, c.says) {
					t.Errorf("got %v, want a failure that says %q", err, c.says)
				}
			}
		})
	}
}

func TestTheNextServerIsAskedWhenOneGivesNoUsableAnswer(t *testing.T) {
	t.Parallel()
	good := "a.test. A 192.0.2.1"
	for name, bad := range map[string]zone{
		"SERVFAIL":         {rcodes: map[string]int{"a.test.": dns.RcodeServerFailure}},
		"REFUSED":          {rcodes: map[string]int{"a.test.": dns.RcodeRefused}},
		"silence":          {silent: true},
		"a referral":       {refers: true},
		"another question": {forges: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := resolver(t, serve(t, bad), serve(t, zone{records: good})).Addresses(context.Background(), "a.test")
			if err != nil || !slices.Equal(texts(found.IPs), []string{"192.0.2.1"}) {
				t.Errorf("got %v, %v", found, err)
			}
		})
	}
	first := serve(t, zone{records: good})
	second := serve(t, zone{records: good})
	if _, err := resolver(t, first, second).Addresses(context.Background(), "a.test"); err != nil {
		t.Fatal(err)
	}
	if asked := second.queries(); len(asked) != 0 {
		t.Errorf("the second server was asked without need: %v", asked)
	}
}

func TestTroubleSaysWhatEachServerDid(t *testing.T) {
	t.Parallel()
	failing := serve(t, zone{rcodes: map[string]int{"a.test.": dns.RcodeServerFailure}})
	silent := serve(t, zone{silent: true})
	_, err := resolver(t, failing, silent).Addresses(context.Background(), "a.test")
	var transient *durable.Transient
	if !errors.As(err, &transient) {
		t.Fatalf("got %v, want trouble", err)
	}
	for _, says := range []string{"a.test", failing.addr + " answered SERVFAIL", silent.addr + " timed out", "DNSSEC"} {
		if !strings.Contains(transient.Public, says) {
			t.Errorf("%q does not say %q", transient.Public, says)
		}
	}
}

func TestACancelledLookupEndsAtOnce(t *testing.T) {
	t.Parallel()
	silent := serve(t, zone{silent: true})
	patient := resolverWithTimeout(t, silent)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		_, err := patient.Addresses(ctx, "a.test")
		done <- err
	}()
	<-silent.asked
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the cancellation", err)
		}
	case <-time.After(20 * time.Second): // a third of the server's timeout
		t.Error("the lookup goes on after its cancellation")
	}
}

func hosts(from, to int) (names []string) {
	for i := from; i <= to; i++ {
		names = append(names, fmt.Sprintf("h%d.test", i))
	}
	return names
}

func texts(ips []netip.Addr) (out []string) {
	for _, ip := range ips {
		out = append(out, ip.String())
	}
	return out
}
