package issuance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

const (
	// stepCheckDNS is where a flow goes back to for another issuer: CAA records decide
	// which.
	stepCheckDNS = "CheckDnsResolutionStep"
	// DefaultPatience is how long an authority may be out of order.
	DefaultPatience = 30 * time.Minute
	// longLimit is a rate limit that is not waited for while there is another issuer.
	longLimit = time.Hour
	// errorsInARow before the patience counts: a step may be old for another reason.
	errorsInARow = 3
	// lastSixth of its lifetime is when a certificate's renewal may go over.
	lastSixth = 6
	// failedRenewals in a row let the next one go over whatever the time.
	failedRenewals = 3
	// serverInternal is the problem type of an authority's own error (RFC 8555 section 6.7).
	serverInternal = "serverInternal"
)

// Tried is an issuer that could not, and why: a sentence.
type Tried struct {
	Issuer string `json:"issuer,omitempty"` // as stored writes it
	Says   string `json:"says"`
}

// errOwn is in the chain of a failure that is the authority's own.
var errOwn = errors.New("the certificate authority's own failure")

// ownFailure is the failure of an order that is the authority's own, not the hostname's.
func ownFailure(message string) error {
	return &durable.Failure{Code: CodeOrderRefused, Message: message, Err: errOwn}
}

// goingOver lets a step of the order begin again at the next issuer, where there is one
// and the trouble is the authority's own: what is wrong with DNS or with the gateway would
// fail there as well, and count there too. A renewal has time, and waits for its issuer.
func (p Ports) goingOver(step durable.Step[State]) durable.Step[State] {
	run := step.Run
	step.Run = func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
		outcome, err := run(ctx, t, s)
		if err == nil || t.Now.Before(s.GoOverFrom) {
			return outcome, err
		}
		final := errors.As(err, new(*durable.Failure))
		if !ownTrouble(err, t, p.patience()) {
			return outcome, err
		}
		left := slices.DeleteFunc(s.untried(p.Authorities), func(name string) bool { return stored(name) == s.Issuer })
		switch {
		case len(left) > 0:
			return goOver(s, sentence(err)), nil
		case final && len(s.Tried) > 0:
			s.Tried = append(s.Tried, Tried{s.Issuer, sentence(err)})
			return noIssuerLeft(s, ""), nil
		}
		return outcome, err // it is the last: its time is as long as that of a lone one
	}
	return step
}

func (p Ports) patience() time.Duration {
	switch {
	case p.Patience == 0:
		return DefaultPatience
	case p.Patience < 0:
		return 0
	}
	return p.Patience
}

// ownTrouble reports whether an error is the authority's own, and lasts for too long or
// will not pass by itself.
func ownTrouble(err error, t durable.Turn, patience time.Duration) bool {
	var failure *durable.Failure
	if errors.As(err, &failure) {
		return failure.Code == CodeAccountRefused || failure.Code == CodeIssuerNotFound || errors.Is(err, errOwn) ||
			failure.Code == CodeOrderRefused && t.Step == stepGetOrder
	}
	var later *durable.RetryLater
	var limit *RateLimit
	if errors.As(err, &later) {
		return errors.As(err, &limit) && !limit.Failures && later.After > longLimit
	}
	return errors.Is(err, ErrAway) && (patience == 0 || t.Attempt >= errorsInARow && t.Now.Sub(t.Since) >= patience)
}

// untried are the issuers to order from that have not been tried, in order.
func (s *State) untried(authorities Authorities) []string {
	return slices.DeleteFunc(s.candidates(authorities), func(name string) bool {
		return slices.ContainsFunc(s.Tried, func(t Tried) bool { return t.Issuer == stored(name) })
	})
}

// goOver gives the order up. Its validation files and records stay listed for clean-up, and
// what was begun in the vault serves the next order. How hostnames are proved is chosen
// again: CAA records may allow the next issuer another method.
func goOver(s *State, says string) durable.Outcome {
	from := cmp.Or(s.Issuer, DefaultIssuer)
	s.Tried = append(s.Tried, Tried{s.Issuer, says})
	s.warn(fmt.Sprintf("The issuer %s could not issue the certificate, so another one did: %s", from, says))
	s.Order, s.CSR, s.Looks, s.Orders, s.Account = Order{}, nil, 0, 0, ""
	for i := range s.Ways {
		s.Ways[i].Method, s.Ways[i].Place, s.Ways[i].Barred = "", Place{}, nil
	}
	return durable.GoTo(stepCheckDNS).Noting(fmt.Sprintf("Going over from the issuer %s to the next one. %s", from, says))
}

// noIssuerLeft fails with what each of the issuers said.
func noIssuerLeft(s *State, more string) durable.Outcome {
	parts := []string{"No issuer of the settings could issue the certificate."}
	for _, t := range s.Tried {
		parts = append(parts, fmt.Sprintf("%s: %s", cmp.Or(t.Issuer, DefaultIssuer), t.Says))
	}
	if more != "" {
		parts = append(parts, more)
	}
	return durable.Fail(CodeNoIssuerLeft, strings.Join(parts, " "))
}

// goOverFrom is when the renewal of a certificate may go over: in the last sixth of its
// lifetime, or at once if three renewals have failed, it is revoked, or people have been
// told of it.
func goOverFrom(r *managed.Record) time.Time {
	if r.Failures >= failedRenewals || r.Revoked || r.Alarm != "" {
		return time.Time{}
	}
	return r.NotAfter.Add(-r.NotAfter.Sub(r.NotBefore) / lastSixth)
}
