package gatewayprobe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

const (
	maxRedirects = 10      // as Let's Encrypt follows
	maxBody      = 128 + 1 // a CA reads 128 bytes; one more shows that there are more
	maxHeaders   = 16 << 10
)

// ChallengeFile fetches the validation file as issuance.Probe says. A redirect
// that a CA would not follow, or that leads away from the public internet, is a
// *durable.Failure; a gateway or host that cannot be reached a *durable.Transient.
func (p *Prober) ChallengeFile(ctx context.Context, hostname, token string, addr netip.Addr) (body string, status int, err error) {
	last, err := p.walk(ctx, hostname, token, addr)
	return last.body, last.status, err
}

// walk asks for the file and follows redirects to the last answer.
func (p *Prober) walk(ctx context.Context, hostname, token string, addr netip.Addr) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	walk := redirectWalk{prober: p, hostname: canonicalHost(hostname), gateway: addr.Unmap(), seen: map[string]bool{}}
	place := &url.URL{Scheme: "http", Host: hostname, Path: "/.well-known/acme-challenge/" + token}
	for hops := 0; ; hops++ {
		if hops > maxRedirects {
			return answer{}, walk.refuse(place, fmt.Sprintf("is the end of more than %d redirects", maxRedirects))
		}
		target, err := walk.target(ctx, place)
		if err != nil {
			return answer{}, err
		}
		next, err := p.get(ctx, place, target)
		if hops == 0 && dialling(err) {
			return next, notReached(err)
		}
		if err != nil || next.location == nil {
			return next, err
		}
		place = next.location
	}
}

// dialling reports whether an error came before there was a connection.
func dialling(err error) bool {
	var opening *net.OpError
	return errors.As(err, &opening) && opening.Op == "dial"
}

// notReached marks the error of a gateway's address as issuance.ErrNotReached.
func notReached(err error) error {
	var transient *durable.Transient
	if !errors.As(err, &transient) {
		return fmt.Errorf("%w: %w", issuance.ErrNotReached, err)
	}
	return &durable.Transient{Public: transient.Public, After: transient.After, Err: fmt.Errorf("%w: %w", issuance.ErrNotReached, transient.Err)}
}

// answer is one HTTP answer: a redirect if it has a location.
type answer struct {
	status   int
	header   http.Header
	body     string
	location *url.URL
}

// get asks for place and reads the answer's beginning.
func (p *Prober) get(ctx context.Context, place *url.URL, at []netip.AddrPort) (answer, error) {
	response, tried, err := p.ask(ctx, place, at)
	if err != nil {
		return answer{}, p.unreachable(place, tried, err)
	}
	defer response.Body.Close()
	if location, ok := redirect(place, response); ok {
		return answer{status: response.StatusCode, location: location}, nil
	}
	start, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return answer{}, &durable.Transient{
			Public: fmt.Sprintf("The answer of %s broke off.", place.Redacted()),
			Err:    fmt.Errorf("read %s: %w", place.Redacted(), err),
		}
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(start)}, nil
}

// unreachable words a request without an answer for people.
func (p *Prober) unreachable(place *url.URL, addr netip.AddrPort, err error) error {
	public := fmt.Sprintf("%s gave no HTTP answer at %s port %d: %s.", place.Redacted(), addr.Addr(), addr.Port(), reason(err, p.timeout))
	if place.Scheme == "https" && unrecognizedName(err) {
		public = fmt.Sprintf("The request for the validation file was redirected to %s, and no listener serves that name over HTTPS yet. Exempt /.well-known/acme-challenge/ from the redirect to HTTPS.", place.Redacted())
	}
	return &durable.Transient{Public: public, Err: fmt.Errorf("get %s at %s: %w", place.Redacted(), addr, err)}
}

// failure is the permanent kind: only whoever set up the redirect can mend it.
func failure(message string) error {
	return &durable.Failure{Code: issuance.CodeValidationFileNotFound, Message: message}
}
