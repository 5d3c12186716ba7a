package issuance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
)

// checkOrder waits until the CA has seen the proof. It reads the order once per
// run and never blocks; Retry-After is the CA's to set (RFC 8555 section 7.5.1).
func checkOrder(authorities Authorities, gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:  "CheckAcmeOrderStep",
		Says:  "Waiting for hostname ownership verification.",
		Title: "Wait for the authority",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			ca, err := s.authority(authorities)
			if err != nil {
				return durable.Outcome{}, err
			}
			order, err := ca.Order(ctx, s.Order.URL)
			if errors.Is(err, ErrGone) {
				return orderLost(s, "the certificate authority does not know the order")
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			s.Order = keepURL(s.Order, order)
			switch order.Status {
			case "ready", "processing", "valid":
				s.announce(gateways, t)
				return durable.Done(), nil
			case "pending":
				return durable.Wait(pollPause(order.RetryAfter, t), ""), nil
			default:
				return refused(ctx, ca, s)
			}
		},
	}
}

// keepURL takes over what the CA says now; not every answer repeats the URL.
func keepURL(before, now Order) Order {
	now.URL = before.URL
	return now
}

// pollPause is the CA's wish, or else 1 s at first, growing with the time waited
// to a minute at most.
func pollPause(asked time.Duration, t durable.Turn) time.Duration {
	if asked > 0 {
		return asked
	}
	return min(max(t.Now.Sub(t.Since)/3, time.Second), time.Minute)
}

// refused turns an invalid order into the code and the words that help: those
// of the authorizations that failed, in the CA's own language.
func refused(ctx context.Context, authorizations Authorizations, s *State) (durable.Outcome, error) {
	var bad, own []error // own: the authority's own trouble
	for _, p := range s.open() {
		a, err := authorizations.Authorization(ctx, p.AuthorizationURL)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return durable.Outcome{}, err
		}
		problem := p.challenge(a).Problem
		if problem == nil {
			continue
		}
		failure := &durable.Failure{Code: codeOfProblem(*problem), Message: fmt.Sprintf(
			"The certificate authority could not verify %s. It says: %s", a.Hostname, problem.Detail)}
		if problem.Type == serverInternal {
			own = append(own, failure)
		} else {
			bad = append(bad, failure)
		}
	}
	switch total := len(s.names()); {
	case len(bad) > 0: // another issuer would not verify these either
		return durable.Outcome{}, together(total, "hostnames", append(bad, own...))
	case len(own) > 0:
		return durable.Outcome{}, ownFailure(sentence(together(total, "hostnames", own)))
	}
	if p := s.Order.Problem; p != nil && p.Type == serverInternal {
		return durable.Outcome{}, ownFailure(fmt.Sprintf("The certificate authority refused the order for %s. It says: %s", s.subject(), p.Detail))
	}
	if s.Order.Problem != nil {
		return durable.Fail(codeOfProblem(*s.Order.Problem), fmt.Sprintf(
			"The certificate authority refused the order for %s. It says: %s", s.subject(), s.Order.Problem.Detail)), nil
	}
	return orderLost(s, "the certificate authority marked it invalid without a reason")
}

// codeOfProblem maps the problem types of RFC 8555 section 6.7.
func codeOfProblem(p Problem) string {
	switch p.Type {
	case "caa":
		return CodeCaaForbids
	case "dns":
		return CodeHostnameNotResolving
	case "rejectedIdentifier", "badCSR", "serverInternal":
		return CodeOrderRefused
	case "rateLimited":
		return CodeRateLimited
	default:
		return CodeOwnershipRefused
	}
}
