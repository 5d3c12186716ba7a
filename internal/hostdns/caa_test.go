package hostdns_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"certgate/internal/durable"
	"certgate/internal/issuance/caa"
)

func TestCAAClimbsToTheFirstNameThatHasRecords(t *testing.T) {
	t.Parallel()
	issue := func(owner, ca string) caa.Records {
		return caa.Records{Owner: owner, Records: []caa.Record{{Tag: "issue", Value: ca}}}
	}
	for name, c := range map[string]struct {
		records, host string
		want          caa.Records
	}{
		"its own":             {`a.b.test. CAA 0 issue "own.example"` + "\n" + `b.test. CAA 0 issue "parent.example"`, "a.b.test", issue("a.b.test", "own.example")},
		"its parent's":        {`b.test. CAA 0 issue "parent.example"` + "\n" + `a.b.test. A 192.0.2.1`, "a.b.test", issue("b.test", "parent.example")},
		"of a name not there": {`test. CAA 0 issue "top.example"`, "x.y.z.test", issue("test", "top.example")},
		"of a wildcard":       {`b.test. CAA 0 issue "own.example"`, "*.b.test", issue("b.test", "own.example")},
		"through an alias":    {"a.b.test. CNAME t.other.\n" + `t.other. CAA 0 issue "target.example"`, "a.b.test", issue("t.other", "target.example")},
		// RFC 8659 climbs the labels of the name asked, not those of the target.
		"not of the alias target's parent": {"a.b.test. CNAME t.other.\n" + `other. CAA 0 issue "wrong.example"` + "\nt.other. A 192.0.2.1\n" + `b.test. CAA 0 issue "parent.example"`, "a.b.test", issue("b.test", "parent.example")},
		"through an alias of the parent":   {"a.b.test. A 192.0.2.1\nb.test. CNAME t.other.\n" + `t.other. CAA 0 issue "target.example"`, "a.b.test", issue("t.other", "target.example")},
		"none anywhere":                    {"a.b.test. A 192.0.2.1", "a.b.test", caa.Records{}},
		"tag and flag": {`b.test. CAA 128 ISSUE "x.example; accounturi=https://x.example/1"`, "b.test",
			caa.Records{Owner: "b.test", Records: []caa.Record{{Critical: true, Tag: "issue", Value: "x.example; accounturi=https://x.example/1"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, oneLink := range []bool{false, true} {
				got, err := resolver(t, serve(t, zone{records: c.records, oneLink: oneLink})).CAA(context.Background(), c.host)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestACAALookupThatFailsBlocksTheClimb(t *testing.T) {
	t.Parallel()
	s := serve(t, zone{
		records: `b.test. CAA 0 issue "ca.example"`,
		rcodes:  map[string]int{"a.b.test. CAA": dns.RcodeServerFailure},
	})
	got, err := resolver(t, s).CAA(context.Background(), "a.b.test")
	var transient *durable.Transient
	if !errors.As(err, &transient) || !strings.Contains(transient.Public, "CAA records of a.b.test") {
		t.Errorf("got %v, %v, want trouble with the CAA records of a.b.test", got, err)
	}
}
