package acmeca_test

import (
	"errors"
	"testing"

	"certgate/internal/issuance"
)

func TestALimitSaysWhichOrdersItConcerns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer answer
		scope  issuance.LimitScope
		domain string
	}{
		{"orders of the account", answer{status: 429, retryAfter: "36", body: problem("rateLimited", "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-03-04 05:06:43 UTC: see https://letsencrypt.org/docs/rate-limits/#new-orders-per-account")}, issuance.LimitAccount, ""},
		{"certificates of a domain", answer{status: 429, retryAfter: "12120", body: problem("rateLimited", `too many certificates (50) already issued for \"Shop.example\" in the last 168h0m0s, retry after 2026-03-04 08:28:07 UTC: see https://letsencrypt.org/docs/rate-limits/#new-certificates-per-registered-domain`)}, issuance.LimitDomain, "shop.example"},
		{"certificates of the same hostnames", answer{status: 429, retryAfter: "120", body: problem("rateLimited", "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s, retry after 2026-03-05 15:06:07 UTC")}, issuance.LimitOrder, ""},
		{"failed validations of a hostname", answer{status: 429, retryAfter: "720", body: problem("rateLimited", `too many failed authorizations (5) for \"a.test\" in the last 1h0m0s, retry after 2026-03-04 05:18:07 UTC`)}, issuance.LimitOrder, ""},
		{"words of another authority", answer{status: 429, retryAfter: "60", body: problem("rateLimited", "slow down")}, issuance.LimitAccount, ""},
		{"no words at all", answer{status: 429, retryAfter: "60", body: html}, issuance.LimitAccount, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{"/order": {c.answer}})
			_, err := odd.client().NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
			var limit *issuance.RateLimit
			if !errors.As(err, &limit) || limit.Scope != c.scope || limit.Domain != c.domain {
				t.Errorf("got %v, %+v, want %s %s", err, limit, c.scope, c.domain)
			}
		})
	}
}
