package issuance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"certgate/internal/durable"
)

const (
	fileLooks     = 4               // at a validation file, before the CA is not even asked
	fileLookPause = 2 * time.Second // between looks: a new blob may take a moment to show
	// validationTakes is when the order is looked at first. Authorities that validate
	// from several places of the world take a few seconds.
	validationTakes = 2 * time.Second
)

// answerChallenge looks at the validation file as the CA will, because a failed
// validation counts against the CA's limits (Let's Encrypt: 5 per hour) and an
// own look does not. Then it tells the CA to look. A challenge that was answered
// in a run before is left alone: most CAs refuse a second answer.
func answerChallenge(authorizations Authorizations, probe Probe, lane Lane) durable.Step[State] {
	return durable.Step[State]{
		Name:  "AnswerAcmeHttp01ChallengeStep",
		Says:  "Verifying hostname ownership.",
		Title: "Answer the challenge",
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			for _, p := range s.open() {
				a, err := authorizations.Authorization(ctx, p.AuthorizationURL)
				if errors.Is(err, ErrGone) {
					return orderLost(s, "the certificate authority does not know its authorization")
				}
				if err != nil {
					return durable.Outcome{}, err
				}
				if a.Status != "pending" || a.Challenge.Status != "pending" {
					continue // answered before; the order tells how it went
				}
				if code, problem := lookAtFile(ctx, probe, s, p); code != "" {
					if s.Looks++; s.Looks >= fileLooks {
						return durable.Fail(code, problem), nil
					}
					return durable.Wait(fileLookPause, problem), nil
				}
				if err := authorizations.Answer(ctx, a.Challenge.URL); err != nil {
					return durable.Outcome{}, err
				}
			}
			lane.Announce(t) // most validations are a matter of seconds
			return durable.Done().After(validationTakes), nil
		},
	}
}

// lookAtFile fetches the file at every address of the gateway; code is "" if it
// is right everywhere.
func lookAtFile(ctx context.Context, probe Probe, s *State, p Ownership) (code, problem string) {
	type answer struct {
		body   string
		status int
	}
	for _, look := range AtEach(s.GatewayIPs, func(ip netip.Addr) (a answer, err error) {
		a.body, a.status, err = probe.ChallengeFile(ctx, s.Hostname, p.Token, ip)
		return a, err
	}) {
		body, status, err := look.Found.body, look.Found.status, look.Err
		where := fmt.Sprintf("http://%s/.well-known/acme-challenge/%s at %s", s.Hostname, p.Token, look.At)
		switch {
		case err != nil:
			return CodeValidationFileNotFound, fmt.Sprintf("The validation file could not be fetched from %s: %s Check that port 80 is open and that the gateway has a listener for it.", where, sentence(err))
		case status != http.StatusOK:
			return CodeValidationFileNotFound, fmt.Sprintf("The gateway answered %d for the validation file %s. Check the path rule for /.well-known/acme-challenge/* and that the blob container can be read through it.", status, where)
		case strings.TrimSpace(body) != p.Content:
			return CodeValidationFileNotValid, fmt.Sprintf("The validation file %s has other content than the certificate authority expects. Something else answers for this path: check the gateway's path rule for /.well-known/acme-challenge/* and any redirect.", where)
		}
	}
	return "", ""
}

// sentence is an error as people may read it.
func sentence(err error) string {
	var transient *durable.Transient
	if errors.As(err, &transient) && transient.Public != "" {
		return transient.Public
	}
	var failure *durable.Failure
	if errors.As(err, &failure) {
		return failure.Message
	}
	return "no answer."
}
