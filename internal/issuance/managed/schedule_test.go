package managed_test

import (
	"fmt"
	"testing"
	"time"

	"certgate/internal/issuance/managed"
)

const day = 24 * time.Hour

// issuedAt is when the certificates of these tests begin.
var issuedAt = time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)

func living(lifetime time.Duration) *managed.Record {
	return &managed.Record{Name: "shop-example-com", NotBefore: issuedAt, NotAfter: issuedAt.Add(lifetime)}
}

func with(r *managed.Record, change func(*managed.Record)) *managed.Record {
	change(r)
	return r
}

func window(from, to time.Duration) *managed.Window {
	return &managed.Window{Start: issuedAt.Add(from), End: issuedAt.Add(to)}
}

func TestARecordIsRenewedWhenTheRulesSay(t *testing.T) {
	t.Parallel()
	ari := managed.Advice{Window: window(50*day, 52*day), NextLook: 6 * time.Hour}
	for _, c := range []struct {
		name    string
		record  *managed.Record
		advice  managed.Advice
		at      time.Duration // since it was issued
		why     string        // "" is not due
		renewAt time.Duration // since it was issued; 0 is not looked at, -1 is never
		again   time.Duration // from now on; 0 is not looked at, -1 is never
	}{
		{name: "long before the window", record: living(90 * day), advice: ari, at: day, renewAt: 51 * day, again: 6 * time.Hour},
		{name: "shortly before the time in the window", record: living(90 * day), advice: ari, at: 51*day - time.Hour, again: time.Hour},
		{name: "at the time in the window", record: living(90 * day), advice: ari, at: 51 * day, why: managed.WhyWindow},
		{name: "a window in the past", record: living(90 * day), advice: managed.Advice{Window: window(-2*day, -day)}, at: day, why: managed.WhyWindow},
		{name: "a window that was known keeps its time", at: 51 * day, advice: ari, renewAt: 52 * day, again: 6 * time.Hour,
			record: with(living(90*day), func(r *managed.Record) { r.Window, r.RenewAt = ari.Window, issuedAt.Add(52*day) })},
		{name: "a window that has moved gets a new time", at: 51 * day, advice: ari, why: managed.WhyWindow, renewAt: 51 * day,
			record: with(living(90*day), func(r *managed.Record) { r.Window, r.RenewAt = window(50*day, 54*day), issuedAt.Add(52*day) })},
		{name: "an authority that is silent said it before", at: 51 * day, advice: managed.Advice{Silent: true, NextLook: time.Hour}, renewAt: 52 * day, again: time.Hour,
			record: with(living(90*day), func(r *managed.Record) { r.Window, r.RenewAt = ari.Window, issuedAt.Add(52*day) })},
		{name: "an authority that has nothing to say any more", at: 51 * day, again: day,
			record: with(living(90*day), func(r *managed.Record) { r.Window, r.RenewAt = ari.Window, issuedAt.Add(52*day) })},
		{name: "a window beyond the end", record: living(90 * day), advice: managed.Advice{Window: window(100*day, 101*day), NextLook: day}, at: day, renewAt: 90*day - 108*time.Hour, again: day},

		{name: "no window, more than a third left", record: living(90 * day), at: 60*day - time.Minute},
		{name: "no window, less than a third and the spread left", record: living(90 * day), at: 65 * day, why: managed.WhyLifetime},
		{name: "no window, short-lived, more than half left", record: living(6 * day), at: 3*day - time.Minute},
		{name: "no window, short-lived, less than half and the spread left", record: living(6 * day), at: 81 * time.Hour, why: managed.WhyHalfLife},
		{name: "no window, 10 days is not short-lived", record: living(10 * day), at: 6 * day},
		{name: "the last twentieth overrides the window", record: living(100 * day), advice: managed.Advice{Window: window(98*day, 99*day)}, at: 95 * day, why: managed.WhyLastPart},
		{name: "just before the last twentieth", record: living(100 * day), advice: managed.Advice{Window: window(98*day, 99*day), NextLook: day}, at: 95*day - time.Minute, again: time.Minute},

		// A gateway takes up to four hours to fetch a new version, and a window may reach
		// up to the end.
		{name: "five hours before the end, a window to the end", record: living(48 * time.Hour), advice: managed.Advice{Window: window(46*time.Hour, 48*time.Hour)}, at: 43 * time.Hour, why: managed.WhyLastPart},
		{name: "a little earlier", record: living(48 * time.Hour), advice: managed.Advice{Window: window(46*time.Hour, 48*time.Hour), NextLook: day}, at: 43*time.Hour - time.Minute, renewAt: 43 * time.Hour, again: time.Minute},
		{name: "half of a life of hours", record: living(4 * time.Hour), advice: managed.Advice{Window: window(3*time.Hour, 4*time.Hour), NextLook: day}, at: time.Hour, renewAt: 2 * time.Hour, again: time.Hour},
		{name: "half of a life of minutes", record: living(15 * time.Minute), advice: managed.Advice{Window: window(10*time.Minute, 15*time.Minute)}, at: 8 * time.Minute, why: managed.WhyLastPart},

		{name: "revoked", record: with(living(90*day), func(r *managed.Record) { r.Revoked = true }), advice: ari, at: day, why: managed.WhyRevoked},
		{name: "imported", record: with(living(90*day), func(r *managed.Record) { r.Imported = true }), advice: ari, at: 89 * day, renewAt: -1, again: -1},
		{name: "retired", record: with(living(90*day), func(r *managed.Record) { r.Retired, r.Revoked = true, true }), advice: ari, at: 89 * day, renewAt: -1, again: -1},
		{name: "expired before anybody tried", record: living(90 * day), advice: ari, at: 91 * day, why: managed.WhyLastPart},
		{name: "expired after failures", record: with(living(90*day), func(r *managed.Record) { r.Failures = 9 }), advice: ari, at: 90 * day, renewAt: -1, again: -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			now := issuedAt.Add(c.at)
			plan := managed.Schedule(now, c.record, c.advice, 0.5)
			if plan.Due != (c.why != "") || plan.Why != c.why {
				t.Errorf("due %v because %q, want %q", plan.Due, plan.Why, c.why)
			}
			if want := since(issuedAt, c.renewAt); c.renewAt != 0 && !plan.RenewAt.Equal(want) {
				t.Errorf("renewal at %s, want %s", plan.RenewAt, want)
			}
			if want := since(now, c.again); c.again != 0 && !plan.NextCheck.Equal(want) {
				t.Errorf("next look at %s, want %s", plan.NextCheck, want)
			}
			if plan.Due && !plan.NextCheck.After(now) {
				t.Errorf("a renewal that starts now is looked after at %s", plan.NextCheck)
			}
		})
	}
}

func since(from time.Time, d time.Duration) time.Time {
	if d < 0 {
		return time.Time{}
	}
	return from.Add(d)
}

func TestWithoutAWindowRenewalsAreSpread(t *testing.T) {
	t.Parallel()
	const n = 1000
	first, last := issuedAt.Add(60*day), issuedAt.Add(60*day+108*time.Hour)
	perTenth := make([]int, 10)
	for i := range n {
		r := living(90 * day)
		r.Name = fmt.Sprintf("h%d-example-com", i)
		at := managed.Schedule(issuedAt, r, managed.Advice{}, 0).RenewAt
		if at.Before(first) || !at.Before(last) {
			t.Fatalf("%s is due at %s", r.Name, at)
		}
		if again := managed.Schedule(issuedAt.Add(day), r, managed.Advice{}, 0.7).RenewAt; !again.Equal(at) {
			t.Fatalf("%s is due at %s, a day later at %s", r.Name, at, again)
		}
		perTenth[at.Sub(first)*10/last.Sub(first)]++
	}
	for i, found := range perTenth {
		if found < n/20 || found > n/5 {
			t.Errorf("%d of %d are due in tenth %d", found, n, i+1)
		}
	}
}
