package acmeca

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/issuance"
)

// The problem types of RFC 8555 section 6.7 (and RFC 9773, and the profiles
// draft) that this package tells apart: the last part of the URN.
const (
	problemAccountDoesNotExist     = "accountDoesNotExist"
	problemAlreadyRevoked          = "alreadyRevoked"
	problemBadCSR                  = "badCSR"
	problemBadNonce                = "badNonce"
	problemBadRevocationReason     = "badRevocationReason"
	problemBadSignatureAlgorithm   = "badSignatureAlgorithm"
	problemCAA                     = "caa"
	problemCompound                = "compound"
	problemExternalAccountRequired = "externalAccountRequired"
	problemInvalidContact          = "invalidContact"
	problemInvalidProfile          = "invalidProfile"
	problemMalformed               = "malformed"
	problemOrderNotReady           = "orderNotReady"
	problemRateLimited             = "rateLimited"
	problemRejectedIdentifier      = "rejectedIdentifier"
	problemUnauthorized            = "unauthorized"
	problemUnsupportedContact      = "unsupportedContact"
	problemUnsupportedIdentifier   = "unsupportedIdentifier"
	problemUserActionRequired      = "userActionRequired"
)

// How much of the authority's words people get to read. A refusal may carry a
// long URL that must stay whole (to lift a pause, to accept terms).
const (
	refusalLength = 1500
	reasonLength  = 200
)

// problem is the problem document of an error reply; nil if it has none, as
// replies of load balancers do.
func (r *reply) problem() *acme.ProblemDetails {
	var p *acme.ProblemDetails
	if r.status < 400 || json.Unmarshal(r.body, &p) != nil || p == nil || p.Type+p.Detail == "" {
		return nil //nolint:nilerr // a reply without a problem document is none
	}
	return p
}

// kind is the last part of a problem's URN. A compound problem is of the kind
// that its parts share.
func kind(p *acme.ProblemDetails) string {
	if p == nil {
		return ""
	}
	k := lastPart(p.Type)
	if k != problemCompound || len(p.SubProblems) == 0 {
		return k
	}
	k = lastPart(p.SubProblems[0].Type)
	for _, sub := range p.SubProblems {
		if lastPart(sub.Type) != k {
			return problemCompound
		}
	}
	return k
}

func lastPart(urn string) string { return urn[strings.LastIndexByte(urn, ':')+1:] }

// words are what the authority said, with a part for each identifier that it
// named (RFC 8555 section 6.7.1).
func words(p *acme.ProblemDetails) string {
	said := cmp.Or(p.Detail, lastPart(p.Type))
	if len(p.SubProblems) == 0 {
		return said
	}
	parts := make([]string, 0, len(p.SubProblems))
	for _, sub := range p.SubProblems {
		part := cmp.Or(sub.Detail, lastPart(sub.Type))
		if sub.Identifier.Value != "" {
			part = sub.Identifier.Value + ": " + part
		}
		parts = append(parts, part)
	}
	return fmt.Sprintf("%s (%s)", said, strings.Join(parts, "; "))
}

// shown makes foreign words fit to be shown: one line, printable, at most
// length characters.
func shown(s string, length int) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(s); len(runes) > length {
		return string(runes[:length-1]) + "…"
	}
	return s
}

// asProblem is the published form of why an order or a challenge is invalid.
func asProblem(p *acme.ProblemDetails) *issuance.Problem {
	if p == nil {
		return nil
	}
	return &issuance.Problem{Type: kind(p), Detail: shown(words(p), refusalLength)}
}
