package issuance

import (
	"cmp"
	"context"
	"errors"
	"time"

	"certgate/internal/durable"
)

const (
	fileLooks     = 4               // at a validation file, before the CA is not even asked
	fileLookPause = 2 * time.Second // between looks: a new blob may take a moment to show
	// freshPathTakes is how long a gateway may take until it has probed a new backend.
	freshPathTakes = 5 * time.Minute
	freshPathPause = 30 * time.Second // between looks, at most
	// validationTakes is when the order is looked at first. Authorities that validate
	// from several places of the world take a few seconds.
	validationTakes = 2 * time.Second
)

// answerChallenge looks at the validation file as the CA will, because a failed
// validation counts against the CA's limits (Let's Encrypt: 5 per hour) and an
// own look does not. When all are right, it tells the CA to look, at the TXT records
// as well, which CheckDnsRecordsStep has seen. A challenge that was answered
// in a run before is left alone: most CAs refuse a second answer.
func answerChallenge(authorities Authorities, resolver Resolver, fronts Fronts, probe Probe, gateways Gateways) durable.Step[State] {
	return durable.Step[State]{
		Name:  "AnswerAcmeHttp01ChallengeStep",
		Says:  "Verifying hostname ownership.",
		Title: "Answer the challenge",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			ca, err := s.authority(authorities)
			if err != nil {
				return durable.Outcome{}, err
			}
			var challenges []string
			var bad []fileSeen
			for _, p := range s.open() {
				a, err := ca.Authorization(ctx, p.AuthorizationURL)
				if errors.Is(err, ErrGone) {
					return orderLost(s, "the certificate authority does not know its authorization")
				}
				if err != nil {
					return durable.Outcome{}, err
				}
				challenge := p.challenge(a)
				if a.Status != "pending" || challenge.Status != "pending" {
					continue // answered before; the order tells how it went
				}
				if !p.byDNS() {
					seen, err := lookAtFile(ctx, resolver, frontOf(fronts, p.hostname(s)), probe, s, p)
					if err != nil {
						return durable.Outcome{}, err
					}
					if seen.code != "" {
						bad = append(bad, seen)
					}
				}
				challenges = append(challenges, challenge.URL)
			}
			if len(bad) > 0 {
				return worstOf(bad).again(t, s), nil
			}
			for _, challenge := range challenges {
				if err := ca.Answer(ctx, challenge); err != nil {
					return durable.Outcome{}, err
				}
			}
			s.announce(gateways, t) // most validations are a matter of seconds
			return durable.Done().After(validationTakes), nil
		},
	}
}

// sentence is an error as people may read it.
func sentence(err error) string { return cmp.Or(durable.Says(err), "no answer.") }
