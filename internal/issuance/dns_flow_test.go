package issuance_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/localstack/dnssim"
)

const records = "@ A 192.0.2.1\n* A 192.0.2.1\nwww A 192.0.2.1\nshop A 192.0.2.1"

func wanted(hostnames ...string) (all []issuance.Wanted) {
	for _, h := range hostnames {
		all = append(all, issuance.Wanted{Hostname: h})
	}
	return all
}

// left are the names with TXT records.
func (w *dnsWorld) left() (names []string) {
	for _, zone := range w.public.Zones() {
		names = append(names, zone.TXTNames()...)
	}
	return names
}

func (w *dnsWorld) ended(id string, status durable.RuntimeStatus, code string, says ...string) *durable.Instance {
	w.Helper()
	inst := w.Instance(id)
	if inst.Status != status || inst.Custom.Error != code {
		w.Fatalf("ended %s %+v, want %s %s\n%s", inst.Status, inst.Custom, status, code, w.History(id))
	}
	for _, text := range says {
		if !strings.Contains(inst.Custom.Message, text) {
			w.Errorf("%q does not say %q", inst.Custom.Message, text)
		}
	}
	return inst
}

func TestAWildcardItsBaseNameAndAHostnameElsewhereShareACertificate(t *testing.T) {
	t.Parallel()
	provider := &account{}
	w := withDNS(t, map[string]*account{"main": provider})
	zone := w.zone(provider, "example.test", records)
	zone.SetTXT("_acme-challenge.example.test", 60, "of somebody else")
	w.public.Server("ns2.provider.test").Lag(40 * time.Second)
	names := []string{"*.example.test", "example.test", "shop.elsewhere.test"}
	for _, twice := range []bool{false, true} {
		w.Pump.Twice, w.CA.From.Profile = twice, fmt.Sprintf("of run %t", twice) // what the vault has will not do
		id := w.AddAll(wanted(names...)...)
		w.Drain()
		inst := w.ended(id, durable.Completed, "")
		if r := w.Record("wildcard-example-test"); !slices.Equal(r.Hostnames, names) {
			t.Errorf("the record has %v", r.Hostnames)
		}
		for _, name := range names {
			if leaf := w.Served(name); !slices.Equal(leaf.DNSNames, names) {
				t.Errorf("%s is served with %v", name, leaf.DNSNames)
			}
		}
		if values, _ := zone.TXT("_acme-challenge.example.test"); !slices.Equal(values, []string{"of somebody else"}) || w.Gateway.Files() > 0 {
			t.Errorf("left are %v and %d files", values, w.Gateway.Files())
		}
		if r := w.CA.Requests[len(w.CA.Requests)-1]; !slices.Equal(r.Hostnames, names) {
			t.Errorf("ordered were %v", r.Hostnames)
		}
		history := w.History(id)
		if !strings.Contains(history, "1 of 2 name servers of example.test have the records; ns2.provider.test does not have them yet.") {
			t.Errorf("nobody was told how far the records had come:\n%s", history)
		}
		if !strings.Contains(string(inst.Output), `"hostnames":["*.example.test"`) {
			t.Errorf("output is %s", inst.Output)
		}
	}
	if provider.Changes != 2 {
		t.Errorf("%d changes for two certificates, want all values of a name in one", provider.Changes)
	}
}

func TestARenewalProvesAsTheFirstTime(t *testing.T) {
	t.Parallel()
	first, second := &account{}, &account{}
	w := withDNS(t, map[string]*account{"first": first, "second": second})
	w.zone(first, "example.test", records)
	second.Held = first.Held
	id := w.AddAll(issuance.Wanted{Hostname: "example.test", Validation: "http-01"}, issuance.Wanted{Hostname: "www.example.test", DNSAccount: "second"})
	w.Drain()
	w.ended(id, durable.Completed, "")
	w.Clock.Advance(60 * 24 * time.Hour)
	start, err := issuance.Renewal(w.Record("example-test"), "It is time.", "test")
	if err != nil {
		t.Fatal(err)
	}
	id = w.Start(start)
	w.Drain()
	w.ended(id, durable.Completed, "")
	if first.Changes != 0 || second.Changes != 2 || len(w.left()) > 0 {
		t.Errorf("%d and %d changes, left are %v", first.Changes, second.Changes, w.left())
	}
	if r := w.Record("example-test"); r.Validation["example.test"].Method != "http-01" || r.Validation["www.example.test"].Account != "second" {
		t.Errorf("the record has %+v", r.Validation)
	}
}

// What an authority, a provider or DNS refuses names every hostname, and leaves nothing.
func TestWhatIsWrongWithSeveralHostnamesIsOneFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil  func(w *dnsWorld, a *account)
		wanted []issuance.Wanted
		code   string
		says   []string
	}{
		"hostnames that lead elsewhere": {
			func(w *dnsWorld, _ *account) {
				w.Gateway.Elsewhere = func(h string) bool { return strings.HasSuffix(h, ".elsewhere.test") }
			},
			wanted("a.elsewhere.test", "example.test", "b.elsewhere.test"), issuance.CodeHostnameNotResolving, []string{"2 of 3 hostnames", "a.elsewhere.test", "b.elsewhere.test"},
		},
		"a wildcard without a zone of ours": {
			func(*dnsWorld, *account) {}, wanted("*.elsewhere.test"), issuance.CodeDNSZoneNotFound, []string{"example.test (main)", "_acme-challenge.elsewhere.test CNAME ", ".acme.platform.test"},
		},
		"a name that lives from a wildcard": {
			func(*dnsWorld, *account) {}, []issuance.Wanted{{Hostname: "any.example.test", Validation: "dns-01"}}, issuance.CodeDNSServedByWildcard, []string{"any.example.test"},
		},
		"an alias into nobody's zone": {
			func(w *dnsWorld, a *account) {
				w.public.AddZone("elsewhere.test", "ns9.test").Add("_acme-challenge CNAME x.nobody.test.")
				w.public.AddZone("nobody.test", "ns9.test")
			},
			wanted("*.elsewhere.test"), issuance.CodeDNSDelegationWrong, []string{"_acme-challenge.elsewhere.test → x.nobody.test"},
		},
		"aliases without end": {
			func(w *dnsWorld, a *account) {
				w.public.AddZone("elsewhere.test", "ns9.test").Add("_acme-challenge CNAME x\nx CNAME _acme-challenge")
			},
			wanted("*.elsewhere.test"), issuance.CodeDNSDelegationWrong, []string{"no end"},
		},
		"a zone that is dead": {
			func(w *dnsWorld, a *account) {
				a.Held = append(a.Held, w.public.AddTwin("moved.test", "ns1.provider.test"))
				w.public.DropZone("moved.test")
				w.public.AddZone("moved.test", "ns9.test")
			},
			wanted("*.moved.test"), issuance.CodeDNSZoneNotFound, []string{"would not be seen", "ns9.test"},
		},
		"signatures that are wrong": {
			func(w *dnsWorld, a *account) { a.Held[0].SetBogus() },
			wanted("*.example.test"), issuance.CodeDNSSECNotValid, []string{"signatures of the zone example.test are wrong"},
		},
		"signatures that are wrong above the hostname": {
			func(w *dnsWorld, a *account) { a.Held[0].SetBogus() },
			wanted("*.shop.example.test"), issuance.CodeDNSSECNotValid, []string{"signatures of the zone example.test are wrong"},
		},
		"a provider that refuses": {
			func(_ *dnsWorld, a *account) {
				a.Refuse = func(call string) error {
					if call == "ensure" {
						return dnsproviders.Refused("The provider", "x", "no more records.", nil)
					}
					return nil
				}
			},
			wanted("*.example.test"), issuance.CodeDNSProviderRefused, []string{"no more records"},
		},
		"a name server that never shows them": {
			func(w *dnsWorld, _ *account) { w.public.Server("ns2.provider.test").Lag(24 * time.Hour) },
			wanted("*.example.test"), issuance.CodeDNSRecordNotServed, []string{"1 of 2", "ns2.provider.test"},
		},
		"records that vanish before the authority looks": {
			func(w *dnsWorld, a *account) { w.CA.TXT = func(string) []string { return nil } },
			wanted("*.example.test", "example.test"), issuance.CodeOwnershipRefused, []string{"2 of 2 hostnames", "*.example.test", "The proof of example.test"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := &account{}
			w := withDNS(t, map[string]*account{"main": provider})
			w.zone(provider, "example.test", records)
			c.spoil(w, provider)
			id := w.AddAll(c.wanted...)
			w.Drain()
			if c.code == "" {
				if inst := w.Instance(id); inst.Status != durable.Failed {
					t.Errorf("ended %s %+v", inst.Status, inst.Custom)
				}
			} else {
				w.ended(id, durable.Failed, c.code, c.says...)
			}
			if len(w.left()) > 0 || w.Gateway.Files() > 0 || w.Vault.Pending() > 0 {
				t.Errorf("left are %v, %d files, %d operations", w.left(), w.Gateway.Files(), w.Vault.Pending())
			}
		})
	}
}

func TestAServerThatIsSilentIsForgivenAfterAMinute(t *testing.T) {
	t.Parallel()
	provider := &account{}
	w := withDNS(t, map[string]*account{"main": provider})
	zone := w.public.AddZone("example.test", "ns1.provider.test", "ns2.provider.test", "ns3.provider.test")
	zone.Add(records)
	provider.Held = []*dnssim.Zone{zone}
	w.public.Server("ns3.provider.test").Set(dnssim.Refuses)
	began := w.Clock.Now()
	id := w.AddAll(wanted("*.example.test")...)
	w.CA.TXT = func(name string) []string { values, _ := zone.TXT(name); return values }
	w.Drain()
	w.ended(id, durable.Completed, "")
	if took := w.Clock.Now().Sub(began); took < time.Minute || took > 5*time.Minute {
		t.Errorf("it took %s", took)
	}
}

// A TXT record that only a person can remove does not undo a certificate; the output says
// which one it is.
func TestARecordThatCannotBeRemovedIsToldOf(t *testing.T) {
	t.Parallel()
	provider := &account{}
	w := withDNS(t, map[string]*account{"main": provider})
	w.zone(provider, "example.test", records)
	provider.Refuse = func(call string) error {
		if call == "remove" {
			return dnsproviders.AccessDenied("The provider", "example.test", "rights", errors.New("403"))
		}
		return nil
	}
	id := w.AddAll(wanted("*.example.test")...)
	w.Drain()
	if inst := w.ended(id, durable.Completed, ""); !strings.Contains(string(inst.Output), "_acme-challenge.example.test was not removed") {
		t.Errorf("output is %s", inst.Output)
	}
}

func TestAHundredHostnamesTakeFewTurns(t *testing.T) {
	t.Parallel()
	provider := &account{}
	w := withDNS(t, map[string]*account{"main": provider})
	var names []string
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "h%d A 192.0.2.1\n", i)
		names = append(names, fmt.Sprintf("h%d.example.test", i))
	}
	w.zone(provider, "example.test", text.String())
	id := w.AddAll(wanted(names...)...)
	w.Drain()
	inst := w.ended(id, durable.Completed, "")
	if inst.Seq > 45 || len(w.left()) > 0 {
		t.Errorf("%d turns, left are %v", inst.Seq, w.left())
	}
	t.Logf("%d turns, a state of %d bytes", inst.Seq, len(inst.State))
}

// CAA records may allow an authority one method only (RFC 8657 section 4), and the next
// one another.
func TestTheMethodIsOneThatCAAAllowsTheIssuer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first   string // what the first issuer may use
		away    bool
		changes int // of DNS
	}{
		"the second best":           {"http-01", false, 0},
		"another at another issuer": {"dns-01", true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := &account{}
			w := withDNS(t, map[string]*account{"main": provider})
			w.zone(provider, "example.test", records)
			second := w.AddIssuer("second")
			w.Gateway.Records = issueRecords("ca.example; validationmethods="+c.first, "second.example; validationmethods=http-01")
			if c.away {
				w.CA.Away = away(w.World, "read", 24*time.Hour)
			}
			id := w.AddAll(wanted("example.test")...)
			w.Drain()
			w.ended(id, durable.Completed, "")
			if provider.Changes != c.changes || len(second.Requests) != c.changes || len(w.left()) > 0 || w.Gateway.Files() > 0 {
				t.Errorf("%d changes of DNS, %d orders at the second, left are %v and %d files", provider.Changes, len(second.Requests), w.left(), w.Gateway.Files())
			}
		})
	}
}

// An issue of the first hostname alone does not renew the certificate of all.
func TestARenewalOfSeveralHostnamesJoinsOnlyWhatIsForAllOfThem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		active []string
		joins  bool
	}{
		{[]string{"example.test"}, false},
		{[]string{"example.test", "www.example.test"}, true},
		{[]string{"example.test", "shop.example.test", "www.example.test"}, true},
	} {
		w := withDNS(t, nil)
		id := w.AddAll(wanted("example.test", "www.example.test")...)
		w.Drain()
		w.ended(id, durable.Completed, "")
		active := w.AddAll(wanted(c.active...)...)
		start, err := issuance.Renewal(w.Record("example-test"), "It is time.", "test")
		if err != nil {
			t.Fatal(err)
		}
		id, _, err = w.Runner.Start(t.Context(), start)
		var busy *durable.BusyError
		if joined := err == nil && id == active; joined != c.joins || !joined && !errors.As(err, &busy) {
			t.Errorf("%v: joined %t, %v", c.active, joined, err)
		}
	}
}

// A change adds and removes hostnames with the next version; what follows the version
// that was issued is a record of its hostnames, whatever became of the change.
func TestACertificateIsGivenOtherHostnames(t *testing.T) {
	t.Parallel()
	for _, fails := range []bool{false, true} {
		provider := &account{}
		w := withDNS(t, map[string]*account{"main": provider})
		w.zone(provider, "example.test", records)
		id := w.AddAll(wanted("example.test", "www.example.test", "shop.elsewhere.test")...)
		w.Drain()
		w.ended(id, durable.Completed, "")
		before := w.Record("example-test").CertID
		if fails {
			w.Gateway.Refuse = func(issuance.Listener) error {
				return &durable.Failure{Code: issuance.CodeGatewayRefused, Message: "No."}
			}
		}
		names := []string{"example.test", "shop.elsewhere.test", "*.example.test"}
		start, err := issuance.Change(w.Record("example-test"), issuance.AddInput{Hostnames: wanted(names...)}, true, "Test.")
		if err != nil {
			t.Fatal(err)
		}
		id = w.Start(start)
		w.Drain()
		r := w.Record("example-test")
		if last := w.CA.Requests[len(w.CA.Requests)-1]; !slices.Equal(r.Hostnames, names) || !slices.Equal(last.Hostnames, names) || last.Replaces != before {
			t.Errorf("fails %t: the record has %v, ordered were %+v", fails, r.Hostnames, last)
		}
		if fails {
			w.ended(id, durable.Failed, issuance.CodeGatewayRefused)
			continue
		}
		w.ended(id, durable.Completed, "")
		for _, name := range names {
			if leaf := w.Served(name); !slices.Equal(leaf.DNSNames, names) {
				t.Errorf("%s is served with %v", name, leaf.DNSNames)
			}
		}
		if w.Gateway.Has("www.example.test") || len(w.left()) > 0 {
			t.Errorf("www.example.test is on the gateway, or left are %v", w.left())
		}
	}
}
