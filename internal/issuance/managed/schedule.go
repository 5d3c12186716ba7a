package managed

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

const (
	// shortLived certificates are renewed at half of their lifetime, others when a
	// third is left.
	shortLived = 10 * 24 * time.Hour
	// spreadPart of the lifetime is what renewals without a window are spread over.
	spreadPart = 20
	// checkAgain is the next look at a certificate whose authority gives no
	// renewal information; an authority may begin to.
	checkAgain = 24 * time.Hour
	// renewalTakes is when a started renewal is looked after. It ends long before
	// as a rule, and stores its own next check then.
	renewalTakes = 6 * time.Hour
	// longestPause is between two failed renewals, shortestPause leaves room below
	// the limits of authorities (Let's Encrypt: 5 failed validations per hostname
	// and hour).
	longestPause  = 12 * time.Hour
	shortestPause = 30 * time.Minute
)

// Why a certificate is due. People read it in the input of the renewal.
const (
	WhyRevoked  = "The certificate is revoked."
	WhyLastPart = "The certificate is about to expire."
	WhyWindow   = "The certificate authority suggests to renew the certificate now."
	WhyLifetime = "The certificate is in the last third of its lifetime."
	WhyHalfLife = "The short-lived certificate is in the second half of its lifetime."
)

// Advice is what a look at the authority brought.
type Advice struct {
	Window   *Window       // nil: the authority suggests none
	NextLook time.Duration // when to look again; 0 for our own choice
	// Silent says that the authority did not answer: what it said before holds.
	Silent bool
}

// Plan is what follows from a record, the time and the authority's advice.
type Plan struct {
	Due       bool
	Why       string    // one of the Why constants if Due
	Window    *Window   // to be kept in the record
	RenewAt   time.Time // zero if the certificate is not renewed
	NextCheck time.Time // zero if no look is needed any more
}

// Schedule decides when a certificate is renewed. random is a random number in
// [0,1): it picks the time in a window that is new, once (RFC 9773 section 4.2).
//
// Without a window the certificate is due when a third of its lifetime is left,
// half if it lives less than 10 days, plus up to a twentieth of the lifetime, by a
// hash of its name, so that what was issued together is not renewed together. At
// its last chance (lastChance) it is due whatever the window says. A certificate
// that has expired is tried until a try has failed; then people have to look.
func Schedule(now time.Time, r *Record, a Advice, random float64) Plan {
	window := a.Window
	if a.Silent {
		window = r.Window
	}
	expired := !now.Before(r.NotAfter)
	if r.Retired || r.Imported || expired && r.Failures > 0 {
		return Plan{Window: window}
	}
	lifetime := r.NotAfter.Sub(r.NotBefore)
	plan := Plan{Window: window, RenewAt: byLifetime(r, lifetime)}
	if window != nil {
		plan.RenewAt = inWindow(r, *window, random)
	}
	last := lastChance(r.NotBefore, r.NotAfter)
	if plan.RenewAt.After(last) {
		plan.RenewAt = last
	}
	switch {
	case r.Revoked:
		plan.Why, plan.RenewAt = WhyRevoked, earlier(plan.RenewAt, now)
	case !now.Before(last):
		plan.Why = WhyLastPart
	case now.Before(plan.RenewAt):
		plan.NextCheck = earlier(plan.RenewAt, now.Add(nextLook(a)))
		return plan
	case window != nil:
		plan.Why = WhyWindow
	case lifetime < shortLived:
		plan.Why = WhyHalfLife
	default:
		plan.Why = WhyLifetime
	}
	plan.Due, plan.NextCheck = true, now.Add(renewalTakes)
	return plan
}

// inWindow keeps the time that was drawn for this very window.
func inWindow(r *Record, w Window, random float64) time.Time {
	if r.Window != nil && r.Window.Start.Equal(w.Start) && r.Window.End.Equal(w.End) && !r.RenewAt.IsZero() {
		return r.RenewAt
	}
	return w.Start.Add(time.Duration(random * float64(w.End.Sub(w.Start)))).UTC().Truncate(time.Millisecond)
}

func byLifetime(r *Record, lifetime time.Duration) time.Time {
	left := lifetime / 3
	if lifetime < shortLived {
		left = lifetime / 2
	}
	return r.NotAfter.Add(-left + part(lifetime/spreadPart, r.Name)).Truncate(time.Millisecond)
}

func nextLook(a Advice) time.Duration {
	if a.NextLook > 0 {
		return a.NextLook
	}
	return checkAgain
}

// RetryAt is when a renewal is tried again after so many failures in a row:
// in 1, 2, 4, 8, then 12 hours, a little spread by the name, and sooner when the
// end is near. Zero when the certificate has expired: a certificate that could not
// be renewed until then is a case for people.
func RetryAt(now time.Time, r *Record) time.Time {
	left := r.NotAfter.Sub(now)
	if left <= 0 {
		return time.Time{}
	}
	pause := longestPause
	if r.Failures < 5 {
		pause = min(time.Hour<<max(r.Failures-1, 0), longestPause)
	}
	pause = max(min(pause, left/8), shortestPause)
	return now.Add(pause + part(pause/10, r.Name))
}

// part is the same fraction of d for the same name, evenly spread over names.
func part(d time.Duration, name string) time.Duration {
	sum := sha256.Sum256([]byte(name))
	return time.Duration(float64(binary.BigEndian.Uint32(sum[:4])) / (1 << 32) * float64(d))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
