package acmeca

import (
	"regexp"
	"strings"
	"time"

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

// needsPerson recognises limits that end when somebody does something: Boulder
// pauses a hostname and names the page that lifts it, other authorities have
// accounts that are suspended or used up.
var needsPerson = regexp.MustCompile(`(?i)\b(paused?|unpause|prevented from|please visit|contact|suspended|deactivated|disabled|blocked|upgrade|quota|payment|balance|agree)\b`)

// timeInWords is where Boulder says the time a second time, beside Retry-After.
var timeInWords = regexp.MustCompile(`(?i)retry after (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC`)

// waitInWords reads it: a proxy may have lost the header.
func waitInWords(said string, now time.Time) (time.Duration, bool) {
	m := timeInWords.FindStringSubmatch(said)
	if m == nil {
		return 0, false
	}
	at, err := time.Parse(time.DateTime, m[1])
	return at.Sub(now), err == nil
}

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
		limit.Scope, limit.Failures = issuance.LimitOrder, limitOfName.MatchString(said)
	}
	return limit
}
