package acmeca

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// NewOrder implements issuance.Orders. The Replaces of the order is what the
// authority accepted (RFC 9773 section 5): a certificate that already has a
// successor, or that this authority never issued, costs the renewal its
// exemption from rate limits but never the renewal itself.
func (ca *CA) NewOrder(ctx context.Context, request issuance.OrderRequest) (issuance.Order, error) {
	if err := ca.checkProfile(ctx, cmp.Or(request.Profile, ca.profile)); err != nil {
		return issuance.Order{}, err
	}
	order, r, err := ca.postOrder(ctx, request)
	if request.Replaces == "" {
		return order, err
	}
	if err != nil && refusesReplacement(r) {
		ca.log.InfoContext(ctx, "ordering without replaces", "hostnames", request.Hostnames, "replaces", request.Replaces, "refusal", err)
		why := notReplaced(r)
		request.Replaces = ""
		if order, _, err = ca.postOrder(ctx, request); err == nil {
			order.NotReplaced = why
		}
		return order, err
	}
	if err == nil && order.Replaces == "" {
		order.NotReplaced = "It offers no renewals that name their predecessor."
		if r.conflict != nil {
			order.NotReplaced = notReplaced(*r.conflict)
		}
	}
	return order, err
}

// notReplaced is what the authority said about a replaces that it did not take.
func notReplaced(r reply) string {
	if p := r.problem(); p != nil && words(p) != "" {
		return "It says: " + sentence(shown(words(p), reasonLength))
	}
	return fmt.Sprintf("It refused with status %d.", r.status)
}

// refusesReplacement: the statuses that authorities use for a replaces that
// does not suit them. lego itself handles 409 alreadyReplaced.
func refusesReplacement(r reply) bool {
	switch r.status {
	case http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusConflict:
		return kind(r.problem()) != problemBadNonce
	}
	return false
}

func (ca *CA) postOrder(ctx context.Context, request issuance.OrderRequest) (issuance.Order, reply, error) {
	op := operation{
		name: "order certificate for " + strings.Join(request.Hostnames, ", "), refused: issuance.CodeOrderRefused,
		advice: "Correct what it names or, if that is the account, see to the account at the authority; then start again.",
	}
	var order acme.ExtendedOrder
	r, err := ca.call(ctx, op, func(core *api.Core) (err error) {
		order, err = core.Orders.NewWithOptions(request.Hostnames, &api.OrderOptions{Profile: cmp.Or(request.Profile, ca.profile), ReplacesCertID: request.Replaces})
		return err
	})
	location := r.header.Get("Location")
	if err != nil && r.status == http.StatusCreated && location != "" {
		// The order stands, but lego did not like the reply: cut off, or other
		// names in it. It would be lost, and counted, without its URL.
		return ca.recoverOrder(ctx, op, request, location)
	}
	if err != nil {
		return issuance.Order{}, r, err
	}
	if location == "" || order.Status == "" {
		return issuance.Order{}, r, unreadable(op, r, "no order, or no URL for it")
	}
	return ca.asOrder(location, order.Order, r), r, nil
}

func (ca *CA) recoverOrder(ctx context.Context, op operation, request issuance.OrderRequest, location string) (issuance.Order, reply, error) {
	order, r, err := ca.getOrder(ctx, location)
	if err != nil {
		return issuance.Order{}, r, err
	}
	var names []string
	for _, identifier := range order.Identifiers {
		names = append(names, identifier.Value)
	}
	if !sameNames(names, request.Hostnames) {
		return issuance.Order{}, r, &durable.Failure{
			Code: issuance.CodeOrderRefused,
			Message: fmt.Sprintf("The certificate authority changed the hostnames of the order from %s to %s. Order them as it writes them, or use another authority.",
				strings.Join(request.Hostnames, ", "), shown(strings.Join(names, ", "), refusalLength)),
			Err: fmt.Errorf("%s: order %s has other names", op.name, location),
		}
	}
	return ca.asOrder(location, order, r), r, nil
}

func sameNames(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// Profiles are those that the authority offers, by what is known of its directory.
func (ca *CA) Profiles(ctx context.Context) ([]string, error) {
	dir, err := ca.directory(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(dir.Meta.Profiles)), nil
}

// checkProfile spares a wrong name the request that the authority refuses,
// and names the profiles that there are.
func (ca *CA) checkProfile(ctx context.Context, profile string) error {
	if profile == "" {
		return nil
	}
	dir, err := ca.directory(ctx)
	if err != nil {
		return err
	}
	if _, offered := dir.Meta.Profiles[profile]; offered {
		return nil
	}
	offers := "none"
	if len(dir.Meta.Profiles) > 0 {
		offers = strings.Join(slices.Sorted(maps.Keys(dir.Meta.Profiles)), ", ")
	}
	return &durable.Failure{
		Code: issuance.CodeOrderRefused,
		Message: fmt.Sprintf("The certificate authority has no certificate profile %q; it offers %s. Correct the profile in the certificate's options or in the settings.",
			profile, shown(offers, refusalLength)),
	}
}

// accountAdvice is for reads: nothing but the account can be wrong with one.
const accountAdvice = "Check that the account at the authority is active and allowed to do this, then start again."

// Order implements issuance.Orders.
func (ca *CA) Order(ctx context.Context, url string) (issuance.Order, error) {
	order, r, err := ca.getOrder(ctx, url)
	if err != nil {
		return issuance.Order{}, err
	}
	return ca.asOrder(url, order, r), nil
}

func (ca *CA) getOrder(ctx context.Context, url string) (acme.Order, reply, error) {
	op := operation{name: "read order " + url, refused: issuance.CodeAccountRefused, advice: accountAdvice, reads: true}
	var order acme.ExtendedOrder
	r, err := ca.call(ctx, op, func(core *api.Core) (err error) {
		order, err = core.Orders.Get(url)
		return err
	})
	if err == nil && order.Status == "" {
		err = unreadable(op, r, "no order")
	}
	return order.Order, r, err
}

// Finalize implements issuance.Orders. An order that is not ready, or that has
// been finalized by an earlier run, is read instead: what to do next depends on
// its status and not on this request. The same goes for a reply that says
// invalid, because lego keeps the order to itself then.
func (ca *CA) Finalize(ctx context.Context, o issuance.Order, csr []byte) (issuance.Order, error) {
	op := operation{name: "finalize order " + o.URL, refused: issuance.CodeOrderRefused, resource: true}
	var order acme.ExtendedOrder
	r, err := ca.call(ctx, op, func(core *api.Core) (err error) {
		order, err = core.Orders.UpdateForCSR(o.FinalizeURL, csr)
		return err
	})
	switch {
	case err == nil && order.Status != "":
		return ca.asOrder(o.URL, order.Order, r), nil
	case kind(r.problem()) == problemOrderNotReady, r.status >= 200 && r.status < 300:
		return ca.Order(ctx, o.URL)
	}
	return issuance.Order{}, err
}

func (ca *CA) asOrder(url string, o acme.Order, r reply) issuance.Order {
	expires, _ := time.Parse(time.RFC3339, o.Expires) // optional, and zero means unknown
	var authorizations []string
	for _, a := range o.Authorizations {
		authorizations = append(authorizations, r.absolute(a))
	}
	return issuance.Order{
		URL:            url,
		Status:         o.Status,
		Expires:        expires,
		Authorizations: authorizations,
		FinalizeURL:    r.absolute(o.Finalize),
		CertificateURL: r.absolute(o.Certificate),
		Replaces:       o.Replaces,
		Problem:        asProblem(o.Error),
		RetryAfter:     ca.nextLook(r),
	}
}
