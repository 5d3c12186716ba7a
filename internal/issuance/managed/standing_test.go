package managed_test

import (
	"strings"
	"testing"
	"time"

	"certgate/internal/issuance/managed"
)

const aDay = 24 * time.Hour

func TestTheStandingOfACertificateFollowsFromItsRecord(t *testing.T) {
	t.Parallel()
	issued := time.Date(2030, time.March, 1, 0, 0, 0, 0, time.UTC)
	window := &managed.Window{Start: issued.Add(58 * aDay), End: issued.Add(62 * aDay)}
	failed := &managed.Failure{Message: "The authority is away."}
	for _, c := range []struct {
		name   string
		record managed.Record // of 90 days, served
		days   int            // lifetime, if not 90
		age    time.Duration
		want   managed.Standing
		says   string
	}{
		{name: "young", age: aDay, want: managed.StandingOK},
		{name: "before a third is left", age: 60*aDay - time.Minute, want: managed.StandingOK},
		{name: "a third is left", age: 60 * aDay, want: managed.StandingDue, says: "between 2030-04-30"},
		{name: "due and failing", age: 61 * aDay, record: managed.Record{Failures: 2, Problem: failed}, want: managed.StandingDue, says: "The last try failed: The authority is away."},
		{name: "three days late", age: 63 * aDay, want: managed.StandingOverdue, says: "expires on 2030-05-30"},
		{name: "overdue and failing", age: 80 * aDay, record: managed.Record{Failures: 9, Problem: failed}, want: managed.StandingOverdue, says: "authority is away"},
		{name: "expired to the second", age: 90 * aDay, want: managed.StandingExpired, says: "2030-05-30"},
		{name: "the authority's window comes first", age: 60 * aDay, record: managed.Record{Window: window, RenewAt: issued.Add(61 * aDay)}, want: managed.StandingOK},
		{name: "in the window, before the drawn time", age: 59 * aDay, record: managed.Record{Window: window, RenewAt: issued.Add(61 * aDay)}, want: managed.StandingOK},
		{name: "at the drawn time", age: 61 * aDay, record: managed.Record{Window: window, RenewAt: issued.Add(61 * aDay)}, want: managed.StandingDue},
		{name: "in the window without a drawn time", age: 58 * aDay, record: managed.Record{Window: window}, want: managed.StandingDue},
		{name: "past the window, within the grace", age: 64 * aDay, record: managed.Record{Window: window, RenewAt: issued.Add(61 * aDay)}, want: managed.StandingDue},
		{name: "past the window and the grace", age: 65 * aDay, record: managed.Record{Window: window, RenewAt: issued.Add(61 * aDay)}, want: managed.StandingOverdue},
		{name: "a window of the past, as after a mass revocation", age: 10 * aDay, record: managed.Record{Window: &managed.Window{Start: issued, End: issued.Add(aDay)}}, want: managed.StandingOverdue},
		{name: "a renewal time that the scheduler got wrong", age: 86 * aDay, record: managed.Record{RenewAt: issued.Add(200 * aDay)}, want: managed.StandingOverdue},
		{name: "of six days, half is left", days: 6, age: 3 * aDay, want: managed.StandingDue},
		{name: "of six days, five hours late", days: 6, age: 3*aDay + 5*time.Hour, want: managed.StandingOverdue},
		{name: "imported, a third is left", age: 60 * aDay, record: managed.Record{Imported: true}, want: managed.StandingDue, says: "import its successor"},
		{name: "imported, nobody came", age: 70 * aDay, record: managed.Record{Imported: true}, want: managed.StandingOverdue, says: "successor should have been imported"},
		{name: "revoked", age: aDay, record: managed.Record{Revoked: true}, want: managed.StandingOverdue, says: "revoked"},
		{name: "nothing is served", age: aDay, record: managed.Record{Served: managed.ServedNone}, want: managed.StandingNotServed, says: "does not answer"},
		{name: "another certificate is served", age: 70 * aDay, record: managed.Record{Served: managed.ServedOther}, want: managed.StandingNotServed, says: "not the one in Key Vault"},
		{name: "the gateway has not read the vault yet", age: 11 * time.Hour, record: managed.Record{Served: managed.ServedPrevious}, want: managed.StandingOK},
		{name: "the gateway does not read the vault", age: 13 * time.Hour, record: managed.Record{Served: managed.ServedPrevious}, want: managed.StandingNotServed, says: "identity"},
		{name: "not looked at yet", age: aDay, record: managed.Record{Served: managed.ServedUnknown}, want: managed.StandingOK},
		{name: "the look failed", age: aDay, record: managed.Record{Served: managed.ServedUnknown, ServedAt: issued}, want: managed.StandingOK, says: "did not answer"},
		{name: "a target serves something else", age: aDay, record: managed.Record{Undelivered: []string{"edge", "mail"}}, want: managed.StandingNotServed, says: "edge, mail"},
		{name: "due, and a target serves something else", age: 61 * aDay, record: managed.Record{Undelivered: []string{"edge"}}, want: managed.StandingNotServed, says: "edge"},
		{name: "overdue counts more than a target", age: 80 * aDay, record: managed.Record{Undelivered: []string{"edge"}}, want: managed.StandingOverdue},
		{name: "expired counts more than what is served", age: 91 * aDay, record: managed.Record{Served: managed.ServedNone}, want: managed.StandingExpired},
		{name: "retired is never a worry", age: 100 * aDay, record: managed.Record{Retired: true, Revoked: true, Served: managed.ServedNone}, want: managed.StandingRetired},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.record
			r.Hostnames, r.NotBefore, r.NotAfter = []string{"shop.example.com"}, issued, issued.Add(90*aDay)
			if c.days > 0 {
				r.NotAfter = issued.Add(time.Duration(c.days) * aDay)
			}
			got, reason := managed.StandingOf(&r, issued.Add(c.age))
			if got != c.want || !strings.Contains(reason, c.says) {
				t.Errorf("%s, %q; want %s with %q", got, reason, c.want, c.says)
			}
			if got.Alarming() && reason == "" {
				t.Errorf("%s without a reason", got)
			}
		})
	}
}
