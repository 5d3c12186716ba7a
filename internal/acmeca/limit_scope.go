package acmeca

import (
	"regexp"
	"strings"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/issuance"
)

// How Boulder words its limits (ratelimits/limiter.go, Decision.Result). The ACME
// problem has no member that says whom a limit concerns.
var (
	limitOfDomain = regexp.MustCompile(`(?i)certificates \(\d+\) already issued for "([^"\s]+)"`)
	limitOfSet    = regexp.MustCompile(`(?i)already issued for this exact set of`)
	limitOfName   = regexp.MustCompile(`(?i)too many failed authorizations`)
)

// rateLimit says whom a limit concerns. One that is not recognised is taken to
// concern the whole account: the safe side, because requests beyond a limit can
// prolong it.
func rateLimit(p *acme.ProblemDetails, err error) *issuance.RateLimit {
	limit := &issuance.RateLimit{Scope: issuance.LimitAccount, Err: err}
	if p == nil {
		return limit
	}
	said := words(p)
	limit.Says = shown(said, reasonLength)
	switch domain := limitOfDomain.FindStringSubmatch(said); {
	case domain != nil:
		limit.Scope, limit.Domain = issuance.LimitDomain, strings.ToLower(domain[1])
	case limitOfSet.MatchString(said), limitOfName.MatchString(said):
		limit.Scope = issuance.LimitOrder
	}
	return limit
}
