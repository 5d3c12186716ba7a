package issuance

import "time"

// LimitScope says which orders a limit of the CA concerns.
type LimitScope string

const (
	LimitAccount LimitScope = "account" // every order of the account
	LimitDomain  LimitScope = "domain"  // orders for names at or below a domain
	LimitOrder   LimitScope = "order"   // only orders for the same hostnames
)

// RateLimit is in the chain of an error that is a limit of the CA (RFC 8555
// section 6.6), beside what the error says of time and of what to do.
type RateLimit struct {
	Scope  LimitScope
	Domain string // for LimitDomain
	Says   string // the CA's words, fit to be shown; "" if it had none
	// NoTime says that the authority did not say when it ends: the wait is a guess
	// that grows each time it was too short.
	NoTime bool
	// Failures says that it counts validations that failed.
	Failures bool
	Err      error // for the log
}

// LimitWithoutTime is the first wait for a limit whose end is not known.
const LimitWithoutTime = time.Minute

func (l *RateLimit) Error() string {
	if l.Err != nil {
		return l.Err.Error()
	}
	return "rate limit: " + l.Says
}

func (l *RateLimit) Unwrap() error { return l.Err }
