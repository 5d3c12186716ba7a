package issuance_test

import (
	"strings"
	"testing"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/caa"
	"certgate/internal/issuance/issuancetest"
)

func issueRecords(values ...string) (r caa.Records) {
	r.Owner = "example.com"
	for _, v := range values {
		r.Records = append(r.Records, caa.Record{Tag: "issue", Value: v})
	}
	return r
}

func TestAnOrderGoesToTheFirstIssuerThatCAAAllows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		records caa.Records
		issuer  string // "" is a failure
		says    string
	}{
		"no records":                {issuer: "default"},
		"records for both":          {records: issueRecords("second.example", "ca.example"), issuer: "default"},
		"records for the second":    {records: issueRecords("second.example"), issuer: "second", says: "CAA records lead to the issuer second. Not to default:"},
		"for an account of default": {records: issueRecords("ca.example; accounturi=https://ca.example/account/1"), issuer: "default"},
		"for another account there": {records: issueRecords("ca.example; accounturi=https://ca.example/account/2", "second.example; accounturi=https://second.example/account/1"), issuer: "second"},
		"records for somebody else": {records: issueRecords("other.example"), says: `Add a record, such as: example.com CAA 0 issue "ca.example"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			second := w.AddIssuer("second")
			w.Gateway.Records = c.records
			id := w.Add("shop.example.com")
			w.Drain()
			inst := w.Instance(id)
			if c.issuer == "" {
				if inst.Status != durable.Failed || inst.Custom.Error != issuance.CodeCaaForbids || !strings.Contains(inst.Custom.Message, c.says) || !strings.Contains(inst.Custom.Message, "second") {
					t.Errorf("%s %+v", inst.Status, inst.Custom)
				}
				return
			}
			ordered := map[string]int{"default": len(w.CA.Requests), "second": len(second.Requests)}
			if inst.Status != durable.Completed || ordered[c.issuer] != 1 || ordered["default"]+ordered["second"] != 1 {
				t.Fatalf("%s %+v, orders %v", inst.Status, inst.Custom, ordered)
			}
			if c.says != "" && !strings.Contains(w.History(id), c.says) {
				t.Errorf("the history does not say why:\n%s", w.History(id))
			}
			r := w.Record("shop-example-com")
			want := map[string]string{"default": "", "second": "second"}[c.issuer]
			host := map[string]string{"default": "ca.example", "second": "second.example"}[c.issuer]
			if r.Authority != want || r.Account != "https://"+host+"/account/1" {
				t.Errorf("the record says %q, %q", r.Authority, r.Account)
			}
		})
	}
}

func TestARenewalNamesItsPredecessorToTheAccountAloneThatOrderedIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  func(w *issuancetest.World) // what was different when the first version was ordered
		names   bool
		because string
	}{
		"the same account":            {names: true},
		"another issuer":              {before: func(w *issuancetest.World) { w.Gateway.Records = issueRecords("second.example") }, because: "Another account ordered that one."},
		"another account":             {before: func(w *issuancetest.World) { w.CA.Account = "https://ca.example/account/before" }, because: "Another account ordered that one."},
		"an account that is not told": {before: func(w *issuancetest.World) { w.CA.Account = "unknown" }, names: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := issuancetest.NewWorld(t)
			w.AddIssuer("second")
			if c.before != nil {
				c.before(w)
			}
			w.Add("shop.example.com")
			w.Drain()
			w.Gateway.Records, w.CA.Account = caa.Records{}, ""
			start, err := issuance.Renewal(w.Record("shop-example-com"), "", "test")
			if err != nil {
				t.Fatal(err)
			}
			id := w.Start(start)
			w.Drain()
			if inst := w.Instance(id); inst.Status != durable.Completed {
				t.Fatalf("%s %+v", inst.Status, inst.Custom)
			}
			last := w.CA.Requests[len(w.CA.Requests)-1]
			if (last.Replaces != "") != c.names || !strings.Contains(w.History(id), c.because) {
				t.Errorf("replaces %q\n%s", last.Replaces, w.History(id))
			}
		})
	}
}
