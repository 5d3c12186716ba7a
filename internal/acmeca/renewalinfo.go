package acmeca

import (
	"context"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/issuance"
)

// ErrNoRenewalInfo says that the authority has nothing usable to say about a
// certificate: it does not offer renewal information, does not know the
// certificate, or suggests an impossible window. The lifetime decides then.
var ErrNoRenewalInfo = errors.New("no renewal information")

const (
	// renewalInfoRetry is the next look when the authority does not name one
	// (RFC 9773 section 4.3.3).
	renewalInfoRetry    = 6 * time.Hour
	minRenewalInfoRetry = time.Minute
	maxRenewalInfoRetry = 24 * time.Hour
)

// Window is when the authority wants a certificate renewed. Whoever renews
// picks a random time in it once, and keeps that.
type Window struct {
	Start, End time.Time
}

// CertID names a certificate to its authority (RFC 9773 section 4.1), in
// renewal information and as OrderRequest.Replaces.
func CertID(leaf *x509.Certificate) (string, error) {
	if len(leaf.AuthorityKeyId) == 0 {
		return "", fmt.Errorf("%w: certificate %x has no authority key identifier", ErrNoRenewalInfo, leaf.SerialNumber)
	}
	der, err := asn1.Marshal(leaf.SerialNumber)
	if err != nil {
		return "", fmt.Errorf("encode serial number: %w", err)
	}
	var serial asn1.RawValue
	if _, err := asn1.Unmarshal(der, &serial); err != nil {
		return "", fmt.Errorf("encode serial number: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(leaf.AuthorityKeyId) + "." + encode(serial.Bytes), nil
}

// RenewalInfo asks when to renew the certificate (RFC 9773 section 4). The next
// look is due after retryAfter, between a minute and a day, also with
// ErrNoRenewalInfo. The explanation, if any, is a page for the operator.
func (ca *CA) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (window Window, retryAfter time.Duration, explanationURL string, err error) {
	id, err := CertID(leaf)
	if err != nil {
		return Window{}, renewalInfoRetry, "", err
	}
	dir, err := ca.directory(ctx)
	if err != nil {
		return Window{}, 0, "", err
	}
	if dir.RenewalInfo == "" {
		return Window{}, renewalInfoRetry, "", fmt.Errorf("%w: %s does not offer it", ErrNoRenewalInfo, dir.url)
	}
	op := operation{name: "read renewal information of " + id, refused: issuance.CodeOrderRefused, reads: true}
	r, err := ca.get(ctx, strings.TrimSuffix(dir.RenewalInfo, "/")+"/"+id)
	if err != nil {
		return Window{}, 0, "", unreachable(op.name, err)
	}
	retryAfter = ca.renewalInfoRetry(r)
	if r.status != http.StatusOK {
		if r.status >= 400 && r.status < 500 && r.status != http.StatusTooManyRequests {
			return Window{}, retryAfter, "", fmt.Errorf("%w: %s: status %d", ErrNoRenewalInfo, op.name, r.status)
		}
		return Window{}, 0, "", ca.classify(op, r, nil)
	}
	// An error body would decode to a zero window, which reads as "renew now".
	var info acme.RenewalInfoResponse
	if err := json.Unmarshal(r.body, &info); err != nil {
		return Window{}, retryAfter, "", fmt.Errorf("%w: %s: not JSON", ErrNoRenewalInfo, op.name)
	}
	window = Window{Start: info.SuggestedWindow.Start, End: info.SuggestedWindow.End}
	if window.Start.IsZero() || !window.End.After(window.Start) {
		return Window{}, retryAfter, "", fmt.Errorf("%w: %s: the window does not end after it starts", ErrNoRenewalInfo, op.name)
	}
	return window, retryAfter, info.ExplanationURL, nil
}

func (ca *CA) renewalInfoRetry(r reply) time.Duration {
	d, ok := parseRetryAfter(r.header, ca.now())
	if !ok {
		return renewalInfoRetry
	}
	return clamp(d, minRenewalInfoRetry, maxRenewalInfoRetry)
}
