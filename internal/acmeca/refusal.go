package acmeca

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// refusal is a problem that stays until somebody changes something: what the
// authority said, and what to do.
func refusal(op operation, p *acme.ProblemDetails, err error) *durable.Failure {
	code, advice := advise(kind(p))
	code = cmp.Or(code, op.refused)
	advice = cmp.Or(advice, op.advice, "Correct what it names, then start again.")
	return &durable.Failure{
		Code:    code,
		Message: fmt.Sprintf("The certificate authority refused: %s%s %s", sentence(shown(words(p), refusalLength)), seeAlso(p), advice),
		Err:     err,
	}
}

// advise gives the published code of a problem type and what a person can do
// about it; "" leaves either to the operation.
func advise(kind string) (code, advice string) {
	switch kind {
	case problemCAA:
		return issuance.CodeCaaForbids, "Add a CAA record that allows this certificate authority, or remove the ones that forbid it, then start again."
	case problemRejectedIdentifier, problemUnsupportedIdentifier:
		return issuance.CodeOrderRefused, "The authority does not issue certificates for this hostname; correct the hostname or use another authority."
	case problemBadCSR:
		return issuance.CodeOrderRefused, "The certificate request does not suit the authority's rules; check key type, key size and hostnames, then start again."
	case problemInvalidProfile:
		return issuance.CodeOrderRefused, "Set the certificate profile to one that the authority offers, or to none."
	case problemUserActionRequired:
		return issuance.CodeAccountRefused, "Do what the authority asks for (usually to accept new terms of service), then start again."
	case problemExternalAccountRequired:
		return issuance.CodeAccountRefused, "Put the external account key id and HMAC key from your account at the authority into the settings, then start again."
	case problemInvalidContact, problemUnsupportedContact:
		return issuance.CodeAccountRefused, "Correct the e-mail address in the settings, or leave it out."
	case problemAccountDoesNotExist, problemBadSignatureAlgorithm:
		return issuance.CodeAccountRefused, "Check that the stored ACME account is one of this authority; without the stored account a new one is made."
	case problemBadRevocationReason:
		return "", "Choose another reason."
	}
	return "", ""
}

// seeAlso is the page that a problem sends people to (RFC 8555 section 7.3.3).
func seeAlso(p *acme.ProblemDetails) string {
	if kind(p) != problemUserActionRequired || !strings.HasPrefix(p.Instance, "https://") {
		return ""
	}
	return " See <" + shown(p.Instance, refusalLength) + ">."
}

func sentence(s string) string {
	if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "!") || strings.HasSuffix(s, "?") {
		return s
	}
	return s + "."
}
