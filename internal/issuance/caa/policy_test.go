package caa_test

import (
	"strings"
	"testing"

	"github.com/miekg/dns"

	"certgate/internal/issuance/caa"
)

func TestPermitsDecidesAsACADoes(t *testing.T) {
	t.Parallel()
	const account, other = "https://ca.example/acct/1", "https://ca.example/acct/2"
	for _, c := range []struct {
		name     string
		records  []string // flags tag "value"
		wildcard bool
		account  string
		unnamed  bool // the CA publishes no issuer domains
		refuses  string
	}{
		{name: "no records", account: account},
		{name: "the CA is named", records: []string{`0 issue "ca.example"`}},
		{name: "by its second name", records: []string{`0 issue "ca2.example"`}},
		{name: "in capitals and with blanks", records: []string{`0 ISSUE " CA.Example "`}},
		{name: "among others", records: []string{`0 issue "x.example"`, `0 issue "ca.example"`}},
		{name: "despite a general refusal", records: []string{`0 issue ";"`, `0 issue "ca.example"`}},
		{name: "another CA is named", records: []string{`0 issue "x.example"`}, refuses: "only x.example may issue"},
		{name: "a longer name", records: []string{`0 issue "xca.example"`}, refuses: "only xca.example"},
		{name: "nobody", records: []string{`0 issue ";"`}, refuses: "allows no CA"},
		{name: "nobody, empty", records: []string{`0 issue ""`}, refuses: "allows no CA"},
		{name: "only iodef", records: []string{`0 iodef "mailto:a@b.example"`}},
		{name: "issuewild does not concern a plain name", records: []string{`0 issuewild ";"`}},
		{name: "issuewild alone does not allow past issue", records: []string{`0 issue "x.example"`, `0 issuewild "ca.example"`}, refuses: "only x.example"},
		{name: "a wildcard falls back to issue", records: []string{`0 issue "ca.example"`}, wildcard: true},
		{name: "a wildcard obeys issuewild first", records: []string{`0 issue "ca.example"`, `0 issuewild "x.example"`}, wildcard: true, refuses: "only x.example"},
		{name: "a wildcard allowed by issuewild", records: []string{`0 issue "x.example"`, `0 issuewild "ca.example"`}, wildcard: true},
		{name: "an unknown critical tag", records: []string{`0 issue "ca.example"`, `128 future "x"`}, refuses: "critical"},
		{name: "an unknown tag", records: []string{`0 future "x"`}},
		{name: "a known critical tag", records: []string{`128 issue "ca.example"`}},
		{name: "our account", records: []string{`0 issue "ca.example; accounturi=` + account + `"`}, account: account},
		{name: "another account", records: []string{`0 issue "ca.example; accounturi=` + other + `"`}, account: account, refuses: other},
		{name: "an account before there is one", records: []string{`0 issue "ca.example; accounturi=` + other + `"`}, refuses: "no account"},
		{name: "one of two entries is ours", records: []string{`0 issue "ca.example; accounturi=` + other + `"`, `0 issue "ca.example; accounturi=` + account + `"`}, account: account},
		{name: "two accounts in one entry", records: []string{`0 issue "ca.example; accounturi=` + account + `; accounturi=` + account + `"`}, account: account, refuses: "twice"},
		{name: "our method", records: []string{`0 issue "ca.example; validationmethods=dns-01,http-01"`}},
		{name: "another method", records: []string{`0 issue "ca.example;validationmethods=dns-01"`}, refuses: "http-01 is used"},
		{name: "account and method", records: []string{`0 issue "ca.example; accounturi=` + account + `; validationmethods=dns-01"`}, account: account, refuses: "dns-01"},
		{name: "a CA's own parameter", records: []string{`0 issue "ca.example; policy=ev"`}},
		{name: "a malformed parameter", records: []string{`0 issue "ca.example; policy"`}, refuses: "malformed"},
		{name: "a malformed issuer", records: []string{`0 issue "ca example"`}, refuses: "malformed"},
		{name: "a CA without a published name", records: []string{`0 issue "x.example"`}, unnamed: true},
		{name: "a CA without a published name, nobody may", records: []string{`0 issue ";"`}, unnamed: true, refuses: "allows no CA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			domains := []string{"ca.example", "ca2.example"}
			if c.unnamed {
				domains = nil
			}
			ok, why := caa.Permits(parseRecords(t, c.records), domains, c.account, c.wildcard, "http-01")
			if ok != (c.refuses == "") || !strings.Contains(why, c.refuses) || ok && why != "" {
				t.Errorf("got %v, %q; want a refusal with %q", ok, why, c.refuses)
			}
		})
	}
}

func parseRecords(t *testing.T, lines []string) (records []caa.Record) {
	t.Helper()
	for _, line := range lines {
		rr, err := dns.NewRR("a.test. 60 IN CAA " + line)
		if err != nil {
			t.Fatal(err)
		}
		found := rr.(*dns.CAA)
		records = append(records, caa.Record{Critical: found.Flag == 128, Tag: strings.ToLower(found.Tag), Value: found.Value})
	}
	return records
}
