package preflight_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/preflight"
)

// zones is a way of dns-01 with one account that holds a zone, and one that is refused.
type zones struct{ target string }

func (z zones) Place(_ context.Context, hostname, _ string) (issuance.Place, error) {
	if strings.TrimPrefix(hostname, "*.") == "ours.example.com" {
		return issuance.Place{Record: "_acme-challenge.ours.example.com", Account: "azure", Zone: "example.com"}, nil
	}
	return issuance.Place{}, &durable.Failure{Code: issuance.CodeDNSZoneNotFound, Message: "No account holds a zone of it. Add one."}
}

func (z zones) Delegated(name string) string {
	if z.target == "" {
		return ""
	}
	return "label-of-" + name + "." + z.target
}

func (zones) Accounts() []string { return []string{"azure", "cf", "empty"} }

func (zones) Zones(_ context.Context, account string) ([]string, error) {
	switch account {
	case "azure":
		return []string{"example.org", "example.com"}, nil
	case "cf":
		return nil, &durable.Failure{Code: issuance.CodeDNSAccessDenied, Message: "Cloudflare refuses the token. Make a new one."}
	}
	return nil, nil
}

func TestEachDNSAccountIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.config.DNS = zones{}
	found, _ := w.run("")
	w.want(found, "dnsAccount:azure", "ok", "example.com, example.org")
	w.want(found, "dnsAccount:cf", "not", "refuses the token", "Make a new one")
	w.want(found, "dnsAccount:empty", "not", "sees no zone", "Dns__empty__Zones")
}

func TestTheRecordThatLeadsAChallengeHereIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.config.DNS = zones{target: "acme.platform.example"}
	found, dns := w.run("*.ours.example.com")
	w.want(found, "dnsProof", "ok", "_acme-challenge.ours.example.com", "the zone example.com", "the DNS account azure")
	if _, there := found["port80"]; there || dns != nil {
		t.Errorf("a wildcard is looked up by itself: %+v", dns)
	}
	found, _ = w.run("*.shop.example.net")
	w.want(found, "dnsProof", "not", "No account holds", "_acme-challenge.shop.example.net CNAME label-of-")
	want := &preflight.Record{Type: "CNAME", Name: "_acme-challenge.shop.example.net", Value: "label-of-_acme-challenge.shop.example.net.acme.platform.example"}
	if got := found["dnsProof"].Record; !reflect.DeepEqual(got, want) {
		t.Errorf("the record is %+v", got)
	}
	found, _ = w.run("shop.example.net")
	w.want(found, "dnsProof", "ok", "proved by http-01", "No account holds")
	w.config.DefaultValidation = "dns-01"
	found, _ = w.run("shop.example.net")
	w.want(found, "dnsProof", "not", "CNAME")
	w.config.DNS = zones{}
	found, _ = w.run("*.shop.example.net")
	w.want(found, "dnsProof", "not", "Add one")
	w.config.DNS = nil
	found, _ = w.run("*.shop.example.net")
	w.want(found, "dnsProof", "not", "Dns__<name>__Provider")
	if names := preflight.New(w.config).Names(); slices.Contains(names, "dnsProof") {
		t.Error("without accounts every hostname has the check")
	}
}

func TestCAAOfAWildcardIsJudgedForDNS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	if err := w.pebble.DNS().AddCAA(t.Context(), "example.com", "issue", "ca.test; validationmethods=http-01"); err != nil {
		t.Fatal(err)
	}
	found, _ := w.run("*.example.com")
	w.want(found, "caa", "not")
	found, _ = w.run("shop.example.com")
	w.want(found, "caa", "ok")
}

// Of many hostnames each is told how it would be proved, and what is to be created for
// that.
func TestEachOfManyHostnamesIsToldHowItIsProved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.config.DNS = zones{target: "acme.platform.example"}
	if err := w.pebble.DNS().AddA(t.Context(), "ours.example.com", "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	reports := preflight.New(w.config).Hostnames(t.Context(), []issuance.Wanted{
		{Hostname: "*.ours.example.com"}, {Hostname: "*.shop.example.net"}, {Hostname: "shop.example.net"}, {Hostname: "ours.example.com"},
		{Hostname: "ours.example.com", Validation: "http-01"}, {Hostname: "shop.example.net", Validation: "dns-01"},
	}).Hostnames
	cname := func(name string) *preflight.Record {
		return &preflight.Record{Type: "CNAME", Name: "_acme-challenge." + name, Value: "label-of-_acme-challenge." + name + ".acme.platform.example"}
	}
	ours := preflight.Proof{Method: "dns-01", Record: "_acme-challenge.ours.example.com", Zone: "example.com", Account: "azure"}
	for i, want := range []preflight.Proof{
		ours, {Method: "dns-01", Create: cname("shop.example.net")}, {Method: "http-01", Create: cname("shop.example.net")}, ours,
		{Method: "http-01"}, {Method: "dns-01", Create: cname("shop.example.net")},
	} {
		if got := reports[i].Proof; got == nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v, want %+v", reports[i].Hostname, got, want)
		}
	}
	for i, ready := range []bool{true, false, true, true, false, false} {
		if reports[i].Ready != ready {
			t.Errorf("%s is ready: %v, want %v: %+v", reports[i].Hostname, reports[i].Ready, ready, reports[i].Checks)
		}
	}
	// One that a TXT record proves need not lead here, and nobody fetches a file.
	for _, f := range reports[3].Checks {
		if f.Check == "dns" && (f.State != preflight.Later || !strings.Contains(f.Finding, "issued all the same")) || f.Check == "port80" && f.State != preflight.Fine {
			t.Errorf("%+v", f)
		}
	}
}

func TestWhatCAARecordsBarIsNotChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	w.config.DNS = zones{}
	dns := w.pebble.DNS()
	for name, value := range map[string]string{"ours.example.com": "ca.test; validationmethods=http-01", "only.example.com": "ca.test; validationmethods=dns-01"} {
		if err := dns.AddCAA(t.Context(), name, "issue", value); err != nil {
			t.Fatal(err)
		}
	}
	reports := preflight.New(w.config).Hostnames(t.Context(), wanted("ours.example.com", "only.example.com")).Hostnames
	if reports[0].Proof.Method != "http-01" {
		t.Errorf("%+v", reports[0].Proof)
	}
	if reports[1].Proof.Method != "dns-01" || reports[1].Ready {
		t.Errorf("no zone of ours holds %+v", reports[1])
	}
}
