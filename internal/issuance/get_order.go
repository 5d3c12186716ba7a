package issuance

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// stepGetOrder is where a flow goes back to when the CA has lost its order.
const stepGetOrder = "GetAcmeOrderStep"

// maxOrders bounds how many orders one instance may place at one issuer.
const maxOrders = 3

// replacesTries is how many orders of a renewal name the certificate that they
// replace before every second one is placed without: that name is worth an exemption
// from rate limits (RFC 9773 section 5), never the renewal itself.
const replacesTries = 3

// getOrder places the order. A run that died between the CA's answer and the
// row leaves a pending order behind: the repeat gets the same one from CAs that
// reuse pending orders (Boulder does), elsewhere the first one just expires.
// The limit is long because a CA's rate limit may mean waiting for days
// (Let's Encrypt counts certificates per registered domain over a week).
// If the vault has a certificate that will do, that one is installed.
func getOrder(authorities Authorities, vault Vault, gateways Gateways, targets Targets, records managed.Records) durable.Step[State] {
	return durable.Step[State]{
		Name:   stepGetOrder,
		Says:   "Starting certificate request process with the Certificate Authority.",
		Title:  "Place the order",
		Within: 8 * 24 * time.Hour,
		// About eight hours: an authority that is out of order for longer than that
		// is a reason to tell people, unlike a limit that it announces.
		Attempts: 100,
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			if s.Order.URL != "" {
				return durable.Done(), nil
			}
			ca, err := s.authority(authorities)
			if err != nil {
				return durable.Outcome{}, err
			}
			if err := beforeOrder(ctx, vault, gateways, targets, records, s.source(ca), t.Now, s); err != nil {
				return durable.Outcome{}, err
			}
			if s.Certificate.Version != "" {
				return durable.GoTo(stepConfigureGateway).Noting("Key Vault has a certificate that is not due, of this authority and kind: it is installed, and none is ordered."), nil
			}
			replaces, err := s.replaces(ctx, ca)
			if err != nil {
				return durable.Outcome{}, err
			}
			request := OrderRequest{Hostnames: s.names(), Profile: s.Options.Profile}
			if t.Attempt < replacesTries || t.Attempt%2 == 0 { // the authority may just be away
				request.Replaces = replaces
			}
			order, err := ca.NewOrder(ctx, request)
			if err != nil {
				return durable.Outcome{}, err
			}
			s.Order, s.Source, s.Account = order, s.source(ca), account(ctx, ca)
			s.Orders++
			switch {
			case s.Replaces != replaces:
				order.NotReplaced = "Another account ordered that one."
			case replaces != "" && request.Replaces == "":
				order.NotReplaced = "The certificate authority could not place the order with it."
			}
			if order.NotReplaced != "" {
				return durable.Done().Noting("Ordered without naming the certificate that is replaced: " + order.NotReplaced), nil
			}
			return durable.Done(), nil
		},
	}
}

// replaces is what the order can name as its predecessor: authorities refuse one of
// another authority or account (RFC 9773 section 5).
func (s *State) replaces(ctx context.Context, orders Orders) (string, error) {
	if s.Replaces == "" || s.Predecessor.Issuer != s.Issuer {
		return "", nil
	}
	if s.Predecessor.Account == "" { // it was not noted by the release that ordered it
		return s.Replaces, nil
	}
	identity, err := orders.Identity(ctx)
	if err != nil || identity.AccountURI != s.Predecessor.Account {
		return "", err
	}
	return s.Replaces, nil
}

// orderLost starts over with a new order because the CA does not know this one
// any more, or it has run out of time.
func orderLost(s *State, why string) (durable.Outcome, error) {
	if s.Orders >= maxOrders {
		return durable.Outcome{}, ownFailure(fmt.Sprintf("The certificate authority lost %d orders in a row; the last time: %s. Try again later.", s.Orders, why))
	}
	s.Order, s.CSR, s.Looks = Order{}, nil, 0
	return durable.GoTo(stepGetOrder).Noting("New order: " + why), nil
}
