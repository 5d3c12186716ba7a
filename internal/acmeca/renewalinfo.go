package acmeca

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
	"certgate/internal/retryafter"
)

const (
	// renewalInfoRetry is the next look when the authority does not name one
	// (RFC 9773 section 4.3.3).
	renewalInfoRetry    = 6 * time.Hour
	minRenewalInfoRetry = time.Minute
	maxRenewalInfoRetry = 24 * time.Hour
)

// RenewalInfo is renewal.Info for this authority (RFC 9773 section 4).
func (ca *CA) RenewalInfo(ctx context.Context, certID string) (window managed.Window, again time.Duration, err error) {
	none := func(again time.Duration, why string) (managed.Window, time.Duration, error) {
		return managed.Window{}, again, fmt.Errorf("%w about %s: %s", renewal.ErrNoInfo, certID, why)
	}
	dir, err := ca.directory(ctx)
	if err != nil {
		return window, 0, err
	}
	if dir.RenewalInfo == "" {
		return none(renewalInfoRetry, dir.url+" does not offer it")
	}
	op := operation{name: "read renewal information of " + certID, refused: issuance.CodeOrderRefused, reads: true}
	r, err := ca.get(ctx, strings.TrimSuffix(dir.RenewalInfo, "/")+"/"+url.PathEscape(certID))
	if err != nil {
		return window, 0, unreachable(op.name, err)
	}
	again = ca.renewalInfoRetry(r)
	if r.status != http.StatusOK {
		if r.status >= 400 && r.status < 500 && r.status != http.StatusTooManyRequests {
			return none(again, fmt.Sprintf("status %d", r.status))
		}
		return window, 0, ca.classify(op, r, nil)
	}
	// An error body would decode to a zero window, which reads as "renew now".
	var info acme.RenewalInfoResponse
	if err := json.Unmarshal(r.body, &info); err != nil {
		return none(again, "not JSON")
	}
	window = managed.Window{Start: info.SuggestedWindow.Start, End: info.SuggestedWindow.End, ExplanationURL: webPage(info.ExplanationURL)}
	if window.Start.IsZero() || !window.End.After(window.Start) {
		return none(again, "the window does not end after it starts")
	}
	return window, again, nil
}

// webPage is the address of a page for people, or "" if it is anything else:
// programs show it as a link.
func webPage(address string) string {
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" || len(address) > refusalLength {
		return ""
	}
	return address
}

func (ca *CA) renewalInfoRetry(r reply) time.Duration {
	d, ok := retryafter.Of(r.header, ca.now())
	if !ok {
		return renewalInfoRetry
	}
	return clamp(d, minRenewalInfoRetry, maxRenewalInfoRetry)
}
