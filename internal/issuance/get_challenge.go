package issuance

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
)

// getChallenge reads what the CA wants to see. Authorizations that are valid
// already (RFC 8555 allows a CA to reuse them) need no file.
func getChallenge(authorities Authorities) durable.Step[State] {
	return durable.Step[State]{
		Name:  "GetAcmeHttp01ChallengeStep",
		Says:  "Getting hostname ownership verification challenge from the Certificate Authority.",
		Title: "Get the challenge",
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			ca, err := s.authority(authorities)
			if err != nil {
				return durable.Outcome{}, err
			}
			proofs := make([]Ownership, 0, len(s.Order.Authorizations))
			var refused []error
			for _, url := range s.Order.Authorizations {
				a, err := ca.Authorization(ctx, url)
				if errors.Is(err, ErrGone) {
					return orderLost(s, "the certificate authority does not know its authorization")
				}
				if err != nil {
					return durable.Outcome{}, err
				}
				switch a.Status {
				case "valid":
					proofs = append(proofs, Ownership{AuthorizationURL: url})
				case "pending":
					proof, err := s.proofOf(a, url)
					refused, proofs = append(refused, err), append(proofs, proof)
				default:
					return orderLost(s, fmt.Sprintf("its authorization for %s is %s", a.Hostname, a.Status))
				}
			}
			if err := together(len(s.names()), "hostnames", refused); err != nil {
				return durable.Outcome{}, err
			}
			// Files and records of an earlier order stay listed until clean-up has removed them.
			s.Proofs = append(leftovers(s.Proofs), proofs...)
			return durable.Done(), nil
		},
	}
}

// proofOf is what the authority is to be shown for a pending authorization.
func (s *State) proofOf(a Authorization, url string) (Ownership, error) {
	w := s.way(a.Hostname)
	switch {
	case w.Method == MethodDNS && a.DNSChallenge.URL == "":
		return Ownership{}, &durable.Failure{Code: CodeDNSChallengeNotOffered, Message: fmt.Sprintf(
			"The certificate authority does not offer the dns-01 challenge for %s.", a.Hostname)}
	case w.Method == MethodDNS:
		return Ownership{AuthorizationURL: url, Hostname: a.Hostname, Place: w.Place, Value: textValue(a.DNSChallenge.KeyAuthorization)}, nil
	case a.Challenge.URL == "":
		return Ownership{}, &durable.Failure{Code: CodeHTTPChallengeNotOffered, Message: fmt.Sprintf(
			"The certificate authority does not offer the http-01 challenge for %s. Ask for dns-01, with a DNS account in the app's settings; a wildcard needs it.", a.Hostname)}
	}
	return Ownership{AuthorizationURL: url, Hostname: a.Hostname, Token: a.Challenge.Token, Content: a.Challenge.KeyAuthorization}, nil
}
