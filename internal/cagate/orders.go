package cagate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Orders puts the gate before the orders of an authority.
func (g *Gate) Orders(orders issuance.Orders) issuance.Orders { return gatedOrders{orders, g} }

// Authorizations makes the gate see failed validations.
func (g *Gate) Authorizations(a issuance.Authorizations) issuance.Authorizations {
	return gatedAuthorizations{a, g}
}

type gatedOrders struct {
	issuance.Orders
	gate *Gate
}

// NewOrder asks the authority only if no known limit concerns the request; it
// returns *durable.RetryLater otherwise.
func (o gatedOrders) NewOrder(ctx context.Context, r issuance.OrderRequest) (issuance.Order, error) {
	if err := o.gate.pass(ctx, r); err != nil {
		return issuance.Order{}, err
	}
	order, err := o.Orders.NewOrder(ctx, r)
	return order, o.gate.heed(ctx, err)
}

// Finalize may meet a limit too: some authorities count certificates here.
func (o gatedOrders) Finalize(ctx context.Context, order issuance.Order, csr []byte) (issuance.Order, error) {
	order, err := o.Orders.Finalize(ctx, order, csr)
	return order, o.gate.heed(ctx, err)
}

// Order and the other reads may meet what stands in front of an authority.
func (o gatedOrders) Order(ctx context.Context, url string) (issuance.Order, error) {
	order, err := o.Orders.Order(ctx, url)
	return order, o.gate.heed(ctx, err)
}

func (o gatedOrders) Chain(ctx context.Context, certificateURL, preferred string) ([][]byte, error) {
	chain, err := o.Orders.Chain(ctx, certificateURL, preferred)
	return chain, o.gate.heed(ctx, err)
}

func (o gatedOrders) Identity(ctx context.Context) (issuance.CAIdentity, error) {
	identity, err := o.Orders.Identity(ctx)
	return identity, o.gate.heed(ctx, err)
}

type gatedAuthorizations struct {
	issuance.Authorizations
	gate *Gate
}

// Authorization counts an authorization that has failed, once, whoever reads it.
func (a gatedAuthorizations) Authorization(ctx context.Context, url string) (issuance.Authorization, error) {
	authorization, err := a.Authorizations.Authorization(ctx, url)
	if err != nil || authorization.Status != "invalid" {
		return authorization, a.gate.heed(ctx, err)
	}
	sum := sha256.Sum256([]byte(url))
	hostname, of := identifier(authorization.Hostname), hex.EncodeToString(sum[:6])
	if err := a.gate.change(ctx, func(l *ledger) bool { return l.fail(hostname, of, a.gate.now().UTC()) }); err != nil {
		return issuance.Authorization{}, err
	}
	return authorization, nil
}

func (a gatedAuthorizations) Answer(ctx context.Context, challengeURL string) error {
	return a.gate.heed(ctx, a.Authorizations.Answer(ctx, challengeURL))
}

func (a gatedAuthorizations) Deactivate(ctx context.Context, url string) error {
	return a.gate.heed(ctx, a.Authorizations.Deactivate(ctx, url))
}

// pass returns *durable.RetryLater while a limit concerns the request.
func (g *Gate) pass(ctx context.Context, r issuance.OrderRequest) error {
	here, shared, err := g.known(ctx)
	if err != nil {
		return err
	}
	now := g.now()
	limit, closed := here.closedFor(r, now)
	if also, ok := shared.closedFor(r, now); ok && also.Until.After(limit.Until) {
		limit, closed = also, true
	}
	if closed {
		after := limit.Until.Sub(now) + time.Duration(float64(limit.spread())*g.random())
		reason := fmt.Sprintf("The certificate authority limits requests, so this order waits too; continuing at %s.", clock(now.Add(after)))
		if limit.Says != "" {
			reason += " It says: " + limit.Says
		}
		return &durable.RetryLater{After: after, Reason: reason, Err: &issuance.RateLimit{Says: limit.Says, Err: errors.New("a limit of the certificate authority that was met before")}}
	}
	if hostname, until := shared.failedFor(r, now); hostname != "" {
		return &durable.RetryLater{After: until.Sub(now), Reason: fmt.Sprintf(
			"The certificate authority could not verify %s %d times within an hour, and locks out whoever goes on like that; continuing at %s. Put right until then what made it fail: an earlier instance for this hostname says what.",
			hostname, maxFailures, clock(until)), Err: errors.New("too many failed validations")}
	}
	return nil
}

// heed closes the gate if err is a limit that ends by itself, and returns the
// error. A limit that needs a person (*durable.Failure) is about one instance, and
// closes nothing. Where the authority names no time, the wait doubles each time it
// was too short. What cannot be stored holds in this process all the same: the step
// waits anyway, and another process will meet the limit itself.
func (g *Gate) heed(ctx context.Context, err error) error {
	var later *durable.RetryLater
	var limit *issuance.RateLimit
	if !errors.As(err, &later) || !errors.As(err, &limit) {
		return err
	}
	scope := scopeAccount
	switch limit.Scope {
	case issuance.LimitOrder:
		return err // the instance that met it waits, and nobody else orders the same
	case issuance.LimitDomain:
		scope = scopeDomain(limit.Domain)
	}
	now := g.now().UTC()
	after := later.After
	g.mu.Lock()
	if limit.NoTime {
		after = max(g.here.guess(scope, now), g.shared.guess(scope, now), after)
	}
	until := now.Add(after)
	closing := func(l *ledger) bool { return l.close(scope, until, limit.Says, now) }
	here := g.here.clone()
	closing(&here)
	here.prune(now)
	g.here = here
	g.mu.Unlock()
	g.log.WarnContext(ctx, "the certificate authority limits requests; orders wait", "scope", scope, "until", until, "says", limit.Says)
	if after >= worthStoring {
		if err := g.change(ctx, closing); err != nil {
			g.log.ErrorContext(ctx, "other machines are not told of the limit", "scope", scope, "until", until, "error", err)
		}
	}
	if after == later.After {
		return err
	}
	return &durable.RetryLater{After: after, Reason: later.Reason, Err: err}
}

// clock writes a time for people, as other messages do.
func clock(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
