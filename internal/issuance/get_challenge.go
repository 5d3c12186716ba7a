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
					if a.Challenge.URL == "" {
						return durable.Fail(CodeHTTPChallengeNotOffered, fmt.Sprintf("The certificate authority does not offer the http-01 challenge for %s. A wildcard needs DNS-01.", a.Hostname)), nil
					}
					proofs = append(proofs, Ownership{AuthorizationURL: url, Token: a.Challenge.Token, Content: a.Challenge.KeyAuthorization})
				default:
					return orderLost(s, fmt.Sprintf("its authorization for %s is %s", a.Hostname, a.Status))
				}
			}
			// Files of an earlier order stay listed until clean-up has removed them.
			s.Proofs = append(leftovers(s.Proofs), proofs...)
			return durable.Done(), nil
		},
	}
}

// leftovers keeps the tokens of an abandoned order, for clean-up only.
func leftovers(proofs []Ownership) []Ownership {
	var left []Ownership
	for _, p := range proofs {
		if p.Token != "" {
			left = append(left, Ownership{Token: p.Token})
		}
	}
	return left
}

// open are the proofs of the current order that need a validation file.
func (s *State) open() []Ownership {
	var open []Ownership
	for _, p := range s.Proofs {
		if p.AuthorizationURL != "" && p.Token != "" {
			open = append(open, p)
		}
	}
	return open
}
