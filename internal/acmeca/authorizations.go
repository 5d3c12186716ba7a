package acmeca

import (
	"context"
	"errors"
	"net/http"
	"regexp"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Authorization implements issuance.Authorizations. The hostname of a wildcard
// authorization gets its "*." back; the authority leaves it off.
func (ca *CA) Authorization(ctx context.Context, url string) (issuance.Authorization, error) {
	op := operation{name: "read authorization " + url, refused: issuance.CodeAccountRefused, advice: accountAdvice, reads: true}
	var authz acme.Authorization
	keyAuthorizations := map[string]string{}
	r, err := ca.call(ctx, op, func(core *api.Core) (err error) {
		if authz, err = core.Authorizations.Get(url); err != nil {
			return err
		}
		for _, method := range []string{issuance.MethodHTTP, issuance.MethodDNS} {
			if keyAuthorizations[method], err = core.GetKeyAuthorization(challengeOf(authz, method).Token); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return issuance.Authorization{}, err
	}
	if authz.Status == "" {
		return issuance.Authorization{}, unreadable(op, r, "no authorization")
	}
	result := issuance.Authorization{URL: url, Hostname: authz.Identifier.Value, Status: authz.Status, RetryAfter: ca.nextLook(r)}
	if authz.Wildcard {
		result.Hostname = "*." + result.Hostname
	}
	for method, into := range map[string]*issuance.Challenge{issuance.MethodHTTP: &result.Challenge, issuance.MethodDNS: &result.DNSChallenge} {
		c := challengeOf(authz, method)
		if c.URL == "" {
			continue
		}
		if !token.MatchString(c.Token) {
			return issuance.Authorization{}, unreadable(op, r, method+" token is not base64url")
		}
		*into = issuance.Challenge{URL: r.absolute(c.URL), Status: c.Status, Token: c.Token, KeyAuthorization: keyAuthorizations[method], Problem: asProblem(c.Error)}
	}
	return result, nil
}

// token is base64url (RFC 8555 section 8.3). It becomes part of a file name, so
// nothing else is let through.
var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// challengeOf is the challenge of a method; the zero one if it is not offered.
func challengeOf(authz acme.Authorization, method string) acme.Challenge {
	for _, c := range authz.Challenges {
		if c.Type == method {
			return c
		}
	}
	return acme.Challenge{}
}

// Answer implements issuance.Authorizations. Two runs may both find the
// challenge pending; the authority takes one and calls the other malformed. A
// look at the challenge tells that from a real refusal.
func (ca *CA) Answer(ctx context.Context, challengeURL string) error {
	op := operation{name: "answer challenge " + challengeURL, refused: issuance.CodeOrderRefused, resource: true}
	r, err := ca.call(ctx, op, func(core *api.Core) error {
		_, err := core.Challenges.New(challengeURL)
		return err
	})
	if err == nil || r.status != http.StatusBadRequest || kind(r.problem()) != problemMalformed {
		return err
	}
	refused := err
	var challenge acme.ExtendedChallenge
	op = operation{name: "read challenge " + challengeURL, refused: issuance.CodeOrderRefused, reads: true}
	_, err = ca.call(ctx, op, func(core *api.Core) (err error) {
		challenge, err = core.Challenges.Get(challengeURL)
		return err
	})
	if err != nil {
		return err
	}
	if challenge.Status == acme.StatusPending {
		return refused
	}
	return nil
}

// Deactivate implements issuance.Authorizations. A valid authorization is kept:
// the authority can use it again, and open orders depend on it.
func (ca *CA) Deactivate(ctx context.Context, url string) error {
	authz, err := ca.Authorization(ctx, url)
	if notOurs(err) {
		return nil
	}
	if err != nil || authz.Status != acme.StatusPending {
		return err
	}
	op := operation{name: "deactivate authorization " + url, refused: issuance.CodeOrderRefused, reads: true}
	_, err = ca.call(ctx, op, func(core *api.Core) error { return core.Authorizations.Deactivate(url) })
	if notOurs(err) { // it has been settled since
		return nil
	}
	return err
}

// notOurs reports that an authorization is not known, or not to this account:
// there is nothing to give back.
func notOurs(err error) bool {
	var refused *durable.Failure
	return errors.Is(err, issuance.ErrGone) || errors.As(err, &refused) && refused.Code != issuance.CodeRateLimited
}
