package pebble_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"certgate/localstack/pebble"
)

func TestTheDNSServerAnswersWhatItWasTold(t *testing.T) {
	t.Parallel()
	d := startCA(t, func(o *pebble.Options) { o.DefaultIPv4 = "127.0.0.7" }).DNS()
	ctx := t.Context()

	ask(t, d, "any.example.com", dns.TypeA, "127.0.0.7")
	ask(t, d, "any.example.com", dns.TypeAAAA)
	ask(t, d, "any.example.com", dns.TypeCAA)

	tell(t, d.AddA(ctx, "a.example.com", "192.0.2.1", "192.0.2.2"))
	ask(t, d, "a.example.com", dns.TypeA, "192.0.2.1", "192.0.2.2")
	tell(t, d.ClearA(ctx, "a.example.com"))
	ask(t, d, "a.example.com", dns.TypeA, "127.0.0.7")

	tell(t, d.AddAAAA(ctx, "a.example.com", "2001:db8::1"))
	ask(t, d, "a.example.com", dns.TypeAAAA, "2001:db8::1")
	tell(t, d.ClearAAAA(ctx, "a.example.com"))
	ask(t, d, "a.example.com", dns.TypeAAAA)

	tell(t, d.SetCNAME(ctx, "alias.example.com", "target.example.net"))
	ask(t, d, "alias.example.com", dns.TypeA, "target.example.net.", "127.0.0.7")
	tell(t, d.ClearCNAME(ctx, "alias.example.com"))
	ask(t, d, "alias.example.com", dns.TypeA, "127.0.0.7")

	tell(t, d.AddCAA(ctx, "example.com", "issue", "ca.test"))
	ask(t, d, "example.com", dns.TypeCAA, `0 issue "ca.test"`)
	tell(t, d.ClearCAA(ctx, "example.com"))
	ask(t, d, "example.com", dns.TypeCAA)

	tell(t, d.AddTXT(ctx, "_acme-challenge.example.com", "value"))
	ask(t, d, "_acme-challenge.example.com", dns.TypeTXT, `"value"`)
	tell(t, d.ClearTXT(ctx, "_acme-challenge.example.com"))
	ask(t, d, "_acme-challenge.example.com", dns.TypeTXT)

	tell(t, d.SetServfail(ctx, "broken.example.com"))
	ask(t, d, "broken.example.com", dns.TypeA, "SERVFAIL")
	tell(t, d.ClearServfail(ctx, "broken.example.com"))
	ask(t, d, "broken.example.com", dns.TypeA, "127.0.0.7")

	tell(t, d.SetDefaultIPv4(ctx, ""))
	ask(t, d, "any.example.com", dns.TypeA)
	tell(t, d.SetDefaultIPv6(ctx, "2001:db8::7"))
	ask(t, d, "any.example.com", dns.TypeAAAA, "2001:db8::7")
}

func TestARecordWithoutAHostIsAnError(t *testing.T) {
	t.Parallel()
	d := startCA(t, nil).DNS()
	if err := d.AddA(t.Context(), "", "192.0.2.1"); err == nil || !strings.Contains(err.Error(), "add-a") {
		t.Errorf("error %v", err)
	}
}

func tell(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask compares the data of all answer records, or the error code, over UDP.
func ask(t *testing.T, d *pebble.DNS, host string, kind uint16, want ...string) {
	t.Helper()
	question := new(dns.Msg).SetQuestion(dns.Fqdn(host), kind)
	answer, err := dns.ExchangeContext(context.WithoutCancel(t.Context()), question, d.Address())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if answer.Rcode != dns.RcodeSuccess {
		got = append(got, dns.RcodeToString[answer.Rcode])
	}
	for _, record := range answer.Answer {
		got = append(got, strings.TrimPrefix(record.String(), record.Header().String()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s %s (-want +got):\n%s", host, dns.TypeToString[kind], diff)
	}
}
