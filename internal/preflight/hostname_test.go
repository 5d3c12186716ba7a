package preflight_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/preflight"
	"certgate/localstack/armsim"
)

func TestDNSAdviceSuitsTheName(t *testing.T) {
	t.Parallel()
	const label = "gw.westeurope.cloudapp.azure.com"
	for name, c := range map[string]struct {
		fqdn, hostname string
		want           []preflight.Record
	}{
		"a name":                        {label, "shop.example.com", []preflight.Record{{Type: "CNAME", Name: "shop.example.com", Value: label}}},
		"a name, gateway without label": {"", "shop.example.com", []preflight.Record{{Type: "A", Name: "shop.example.com", Value: "127.0.0.1"}}},
		"a registered domain":           {label, "example.com", []preflight.Record{{Type: "A", Name: "example.com", Value: "127.0.0.1"}, {Type: "ALIAS", Name: "example.com", Value: label}}},
		"one below a long suffix":       {label, "example.co.uk", []preflight.Record{{Type: "A", Name: "example.co.uk", Value: "127.0.0.1"}, {Type: "ALIAS", Name: "example.co.uk", Value: label}}},
		"domain, gateway without label": {"", "example.com", []preflight.Record{{Type: "A", Name: "example.com", Value: "127.0.0.1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, options{ownCA: true, fqdn: c.fqdn})
			if err := w.pebble.DNS().AddA(t.Context(), c.hostname, "192.0.2.7"); err != nil {
				t.Fatal(err)
			}
			found, dns := w.run(c.hostname)
			w.want(found, "dns", "not", "192.0.2.7", "127.0.0.1")
			if !reflect.DeepEqual(dns.Advice, c.want) {
				t.Errorf("advice %+v, want %+v", dns.Advice, c.want)
			}
			if len(dns.Addresses) != 1 || dns.Addresses[0] != "192.0.2.7" || len(dns.Gateway) != 1 || dns.Gateway[0] != "127.0.0.1" {
				t.Errorf("DNS is %+v", dns)
			}
		})
	}
}

func TestWithIPv6EachAddressGetsItsRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true, fqdn: "gw.westeurope.cloudapp.azure.com"})
	v6 := w.arm.AddPublicIP(armsim.PublicIP{ResourceGroup: "rg", Name: "ip6", Address: "2001:db8::10"})
	doc, _ := w.arm.Document(w.gatewayID)
	if _, err := w.arm.AddGateway("rg", "gw", set("properties.frontendIPConfigurations.-1", `{"name":"v6","properties":{"publicIPAddress":{"id":"`+v6+`"}}}`)(doc)); err != nil {
		t.Fatal(err)
	}
	if err := w.pebble.DNS().AddA(t.Context(), "shop.example.com", "192.0.2.7"); err != nil {
		t.Fatal(err)
	}
	_, dns := w.run("shop.example.com")
	want := []preflight.Record{{Type: "A", Name: "shop.example.com", Value: "127.0.0.1"}, {Type: "AAAA", Name: "shop.example.com", Value: "2001:db8::10"}}
	if !reflect.DeepEqual(dns.Advice, want) {
		t.Errorf("advice %+v, want %+v", dns.Advice, want)
	}
}

func TestTheReportsShapeIsThePublishedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	if err := w.pebble.DNS().SetCNAME(t.Context(), "shop.example.com", "edge.example.net"); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(preflight.New(w.config).Run(t.Context(), issuance.Wanted{Hostname: "shop.example.com"}))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Checks []map[string]any `json:"checks"`
		DNS    map[string]any   `json:"dns"`
	}
	if err := json.Unmarshal(raw, &report); err != nil {
		t.Fatal(err)
	}
	for _, c := range report.Checks {
		if _, there := c["ok"]; !there || c["check"] == nil || c["finding"] == nil {
			t.Errorf("check %v", c)
		}
	}
	for _, list := range []string{"addresses", "chain", "gateway", "advice"} {
		if _, ok := report.DNS[list].([]any); !ok {
			t.Errorf("dns.%s is %v, want a list", list, report.DNS[list])
		}
	}
	if report.DNS["hostname"] != "shop.example.com" || report.DNS["chain"].([]any)[0] != "edge.example.net" {
		t.Errorf("dns is %v", report.DNS)
	}
}

func TestAHostnamesOwnMattersAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, options{ownCA: true})
	ctx := t.Context()
	for _, step := range []error{
		w.pebble.DNS().AddCAA(ctx, "example.com", "issue", "other.test"),
		w.pebble.DNS().AddCAA(ctx, "example.net", "issue", "ca.test"),
		w.pebble.DNS().SetServfail(ctx, "broken.example.org"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	input := json.RawMessage(`{"hostnames":[{"hostname":"shop.example.com"}]}`)
	id, _, err := w.runner.Start(ctx, durable.Start{Flow: issuance.FlowAddCertificate, Claim: issuance.Claim("shop.example.com"), Input: input})
	if err != nil {
		t.Fatal(err)
	}
	found, _ := w.run("shop.example.com")
	w.want(found, "caa", "not", "other.test", `example.com CAA 0 issue "ca.test"`)
	w.want(found, "inFlight", "ok", id)
	w.want(found, "managed", "ok", "no certificate")
	found, _ = w.run("shop.example.net")
	w.want(found, "caa", "ok", "example.net")
	w.want(found, "inFlight", "ok", "No request")
	found, _ = w.run("broken.example.org")
	w.want(found, "dns", "not")
}
