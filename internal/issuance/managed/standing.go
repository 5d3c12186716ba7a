package managed

import (
	"fmt"
	"strings"
	"time"
)

// Standing is how a certificate fares, in one word. The words are published.
type Standing string

const (
	StandingOK        Standing = "ok"
	StandingDue       Standing = "due"       // its renewal time has come
	StandingOverdue   Standing = "overdue"   // it should have been renewed by now, or it is revoked
	StandingNotServed Standing = "notServed" // the gateway, or another target, serves something else, or nothing
	// StandingNotInstalled: issued, and not on the gateway because its flow ended early.
	StandingNotInstalled Standing = "notInstalled"

	StandingExpired Standing = "expired"
	StandingRetired Standing = "retired" // off the gateway on request; nothing is expected of it
	StandingDamaged Standing = "damaged" // what is stored of it cannot be read
)

// Standings lists every standing.
func Standings() []Standing {
	return []Standing{StandingOK, StandingDue, StandingOverdue, StandingNotServed, StandingNotInstalled, StandingExpired, StandingRetired, StandingDamaged}
}

// Alarming reports whether people have to do something.
func (s Standing) Alarming() bool {
	return s == StandingOverdue || s == StandingNotServed || s == StandingNotInstalled || s == StandingExpired
}

// Served is what the gateway was seen to serve for a certificate. The words are
// stored and published.
type Served string

const (
	ServedCurrent  Served = "current"  // the vault's newest version
	ServedPrevious Served = "previous" // an older version of it, see Shown
	ServedOther    Served = "other"    // any other certificate
	ServedNone     Served = "none"     // no answer over TLS
	ServedUnknown  Served = "unknown"  // not looked at yet, or the look could not be made
)

// rotationTakes is how long a gateway may go on with the previous version: it
// reads the vault every 4 hours, and a certificate's validity begins up to an
// hour before it is issued.
const rotationTakes = 12 * time.Hour

// StandingOf judges a certificate by what is known of it. It shares no rule and
// no stored result with the renewal scheduler except the renewal time itself, so
// that a scheduler that does not run, or runs wrongly, shows here. The reason is
// for people; it is empty if there is nothing to say.
func StandingOf(r *Record, now time.Time) (s Standing, reason string) {
	s, reason = StandingOnGateway(r, now)
	if (s == StandingOK || s == StandingDue) && len(r.Undelivered) > 0 {
		return StandingNotServed, fmt.Sprintf("It was not served in time by what else the settings have for it: %s. GET /api/certificates/%s says what is there.", strings.Join(r.Undelivered, ", "), r.Name)
	}
	return s, reason
}

// StandingOnGateway is StandingOf without what else serves the certificate, of which
// people are told one by one.
func StandingOnGateway(r *Record, now time.Time) (s Standing, reason string) {
	switch {
	case r.Damaged:
		return StandingDamaged, "What is stored of it cannot be read. The next comparison with Key Vault, twice a day, stores it anew; until then it is neither renewed nor watched."
	case r.Retired:
		return StandingRetired, ""
	case !now.Before(r.NotAfter):
		return StandingExpired, withProblem(r, fmt.Sprintf("It expired on %s.", Day(r.NotAfter)))
	case r.Revoked:
		return StandingOverdue, withProblem(r, "It is revoked, and clients may refuse it: renew it now.")
	}
	if r.NotInstalled && r.Served != ServedCurrent {
		return StandingNotInstalled, notInstalledWhy(r)
	}
	if why := notServedWhy(r, now); why != "" {
		return StandingNotServed, why
	}
	from, until := r.RenewalSpan()
	switch {
	case !now.Before(until):
		return StandingOverdue, withProblem(r, fmt.Sprintf("%s by %s and was not; it expires on %s.", shouldHave(r), Day(until), Day(r.NotAfter)))
	case !now.Before(from) && r.Imported:
		return StandingDue, fmt.Sprintf("It was imported, so certgate cannot renew it: import its successor before %s.", Day(r.NotAfter))
	case !now.Before(from):
		return StandingDue, withProblem(r, fmt.Sprintf("It is to be renewed between %s and %s.", Day(from), Day(until)))
	case r.Served == ServedUnknown && !r.ServedAt.IsZero():
		return StandingOK, "The gateway did not answer when certgate looked last; it looks again within the hour."
	}
	return StandingOK, ""
}

// RenewalSpan is the time in which the certificate should be renewed: from the time
// drawn in the CA's window (RFC 9773), else from a third of the lifetime left (half
// of it under 10 days); until the window's end plus a thirtieth of the lifetime,
// in which a renewal that fails at first is tried again, and in any case until its
// last chance: a twentieth of the lifetime before its end or five hours, whichever is
// more, but at most half of the lifetime.
func (r *Record) RenewalSpan() (from, until time.Time) {
	lifetime := r.NotAfter.Sub(r.NotBefore)
	left := lifetime / 3
	if lifetime < 10*24*time.Hour {
		left = lifetime / 2
	}
	last := lastChance(r.NotBefore, r.NotAfter)
	from = r.NotAfter.Add(-left)
	if r.Window != nil {
		from = r.Window.Start
	}
	if !r.RenewAt.IsZero() {
		from = r.RenewAt
	}
	if from.After(last) {
		from = last
	}
	until = from
	if r.Window != nil && r.Window.End.After(until) {
		until = r.Window.End
	}
	until = until.Add(lifetime / 30)
	if until.After(last) {
		until = last
	}
	return from, until
}

// notInstalledWhy has the fix of an installation that failed: the same request again
// takes the certificate that is there.
func notInstalledWhy(r *Record) string {
	why := "The instance that was to install it was terminated."
	if r.Problem != nil {
		why = r.Problem.Message
	}
	return fmt.Sprintf("It was issued and is not installed. %s When that is mended, ask for %s again: this certificate is installed, and no new one is ordered.", why, strings.Join(r.Hostnames, ", "))
}

func notServedWhy(r *Record, now time.Time) string {
	host := strings.Join(r.Hostnames, ", ")
	switch {
	case r.Served == ServedNone:
		return fmt.Sprintf("The gateway does not answer for %s over TLS. Check the listener and port 443, or renew the certificate, which installs it again.", host)
	case r.Served == ServedOther:
		return fmt.Sprintf("The gateway serves a certificate for %s that is not the one in Key Vault. Check which listener answers, or renew the certificate, which installs it again.", host)
	case r.Served == ServedPrevious && now.Sub(r.NotBefore) > rotationTakes:
		return fmt.Sprintf("The gateway still serves an older certificate for %s. Check that its identity can read the secret in Key Vault and that the listener's reference has no version.", host)
	}
	return ""
}

func shouldHave(r *Record) string {
	if r.Imported {
		return "Its successor should have been imported"
	}
	return "It should have been renewed"
}

func withProblem(r *Record, reason string) string {
	if r.Problem == nil || r.Failures == 0 {
		return reason
	}
	return fmt.Sprintf("%s The last try failed: %s", reason, r.Problem.Message)
}

// Day is a time as sentences for people have it.
func Day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }
