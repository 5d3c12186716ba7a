package acmeca

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-acme/lego/v4/acme"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/retryafter"
)

// operation is what a request was for, as far as its errors depend on that.
type operation struct {
	name    string // verb and identifier
	refused string // the published code of a refusal that has none of its own
	advice  string // what to do about such a refusal
	// resource says that it is about one thing at the authority, which 404 says
	// is not there.
	resource bool
	// reads says that it is a mere read of a resource: there is nothing in it to
	// be malformed but the URL, so that too means "not there".
	reads bool
}

// maxWait is the longest rate limit that is believed; authorities count in
// windows of up to a week.
const maxWait = 7 * 24 * time.Hour

// classify turns an error reply into the error that a step returns. It goes by
// the status that was really received: bodies may be empty, HTML from a load
// balancer, or carry a status of their own. err is what lego made of the reply.
func (ca *CA) classify(op operation, r reply, err error) error {
	p := r.problem()
	err = r.describe(op, p, err)
	switch {
	case r.status < 400:
		return &durable.Transient{Public: unreadableAnswer, Err: err}
	case r.status == http.StatusTooManyRequests || kind(p) == problemRateLimited:
		return ca.limited(r, p, err)
	case kind(p) == problemBadNonce:
		// Not processed: the same step again does no harm.
		return &durable.Transient{Public: "The certificate authority did not accept its own nonces.", Err: err}
	case r.status >= 500 || r.status == http.StatusRequestTimeout || r.status == http.StatusTooEarly:
		after, _ := retryafter.Of(r.header, ca.now())
		return &durable.Transient{
			After:  clamp(after, 0, maxWait),
			Public: fmt.Sprintf("The certificate authority has a problem of its own (status %d).", r.status),
			Err:    fmt.Errorf("%w: %w", issuance.ErrAway, err),
		}
	case (op.resource || op.reads) && (r.status == http.StatusNotFound || r.status == http.StatusGone),
		op.reads && kind(p) == problemMalformed:
		return fmt.Errorf("%w: %w", issuance.ErrGone, err)
	case p == nil:
		return &durable.Transient{
			Public: fmt.Sprintf("Something between here and the certificate authority answered with status %d.", r.status),
			Err:    fmt.Errorf("%w: %w", issuance.ErrAway, err),
		}
	}
	return refusal(op, p, err)
}

// limited tells a limit that ends by itself from one that needs a person. Only
// words of the authority's own can ask for a person, where it names no time: a
// page of a load balancer in front of it means nothing but "not now".
func (ca *CA) limited(r reply, p *acme.ProblemDetails, err error) error {
	said := ""
	if p != nil {
		said = words(p)
	}
	limit := rateLimit(p, err)
	after, ok := retryafter.Of(r.header, ca.now())
	if !ok {
		after, ok = waitInWords(said, ca.now())
	}
	switch {
	case ok:
		after = clamp(after, time.Second, maxWait)
	case r.status < 500 && r.header.Get("Retry-After") == "" && needsPerson.MatchString(said):
		return &durable.Failure{
			Code: issuance.CodeRateLimited,
			Message: "The certificate authority limits requests and names no time when that ends: " + sentence(shown(said, refusalLength)) +
				" Do what it asks for, then start again.",
			Err: err,
		}
	default:
		after, limit.NoTime = issuance.LimitWithoutTime, true
	}
	reason := "The certificate authority limits requests and names no time when that ends; asking again, ever more seldom."
	if ok {
		reason = fmt.Sprintf("The certificate authority limits requests; continuing at %s.", ca.now().Add(after).UTC().Format(time.RFC3339))
	}
	if said != "" {
		reason += " It says: " + shown(said, reasonLength)
	}
	return &durable.RetryLater{After: after, Reason: reason, Err: limit}
}

const unreadableAnswer = "The certificate authority gave an answer that cannot be read."

// unreadable is a reply that decodes and still is not what it should be.
func unreadable(op operation, r reply, why string) error {
	return &durable.Transient{Public: unreadableAnswer, Err: fmt.Errorf("%s: status %d: %s", op.name, r.status, why)}
}

// unreachable is a request without a reply.
func unreachable(name string, err error) error {
	public := "The certificate authority could not be reached."
	switch {
	case errors.As(err, new(*tls.CertificateVerificationError)):
		public = "The TLS certificate of the certificate authority's own server is not trusted here."
	case errors.Is(err, context.DeadlineExceeded):
		public = "The certificate authority did not answer in time."
	}
	return &durable.Transient{Public: public, Err: fmt.Errorf("%w: %s: %w", issuance.ErrAway, name, err)}
}

// ours is an error before anything was sent.
func ours(name string, err error) error {
	return &durable.Transient{Err: fmt.Errorf("%s: %w", name, err)}
}

var errPanic = errors.New("the ACME library panicked")

// describe is the error for the log. Words of a 2xx reply stay out of it, and
// so does what lego quotes of one.
func (r *reply) describe(op operation, p *acme.ProblemDetails, err error) error {
	switch {
	case errors.Is(err, errPanic):
		return fmt.Errorf("%s: status %d: %w", op.name, r.status, err)
	case p != nil:
		return fmt.Errorf("%s: status %d, %s: %s", op.name, r.status, shown(p.Type, reasonLength), shown(words(p), refusalLength))
	case r.status < 400:
		return fmt.Errorf("%s: status %d with %d bytes of %q that are not what was asked for", op.name, r.status, len(r.body), r.header.Get("Content-Type"))
	}
	return fmt.Errorf("%s: status %d: %q", op.name, r.status, shown(string(r.body[:min(len(r.body), 1000)]), reasonLength))
}
