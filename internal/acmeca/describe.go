package acmeca

import (
	"context"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/issuance"
)

// Description is how things are with the authority.
type Description struct {
	Directory string // its URL, as found
	// Account is the account's URL; "" while none has been made.
	Account string
	// AccountStatus is what the authority says of it: valid, deactivated, revoked
	// (RFC 8555 section 7.1.6). "unknown" if it does not know the account (any
	// more), which the next order puts right; "" without account.
	AccountStatus string
	// BindingNeeded: new accounts must be bound to one of the authority's own
	// (RFC 8555 section 7.3.4). Bound: the settings say to which.
	BindingNeeded, Bound bool
	// Profile is the one that orders ask for, "" for none; Profiles are offered, each with
	// what the authority says of it.
	Profile  string
	Profiles map[string]string
	// CAADomains are how CAA records name the authority; none if it does not say.
	CAADomains []string
	// RenewalInfo: it says when certificates are to be renewed (RFC 9773).
	RenewalInfo bool
}

// Describe asks the authority and the account's secret. It reads the directory
// anew and makes nothing. Errors: as Order.
func (ca *CA) Describe(ctx context.Context) (Description, error) {
	dir, err := ca.findDirectory(ctx)
	if err != nil {
		return Description{}, err
	}
	s := Description{
		Directory: dir.url, BindingNeeded: dir.Meta.ExternalAccountRequired, Bound: ca.eab.keyID != "",
		Profile: ca.profile, Profiles: dir.Meta.Profiles, CAADomains: ca.domains(dir), RenewalInfo: dir.RenewalInfo != "",
	}
	acc, err := ca.loadAccount(ctx, dir.url)
	if err != nil {
		return s, err
	}
	if acc == nil || acc.url == "" {
		return s, nil
	}
	s.Account = acc.url
	s.AccountStatus, err = ca.accountStatus(ctx, acc)
	return s, err
}

// accountStatus reads the account at the authority. Unlike every other call it
// does not bring a forgotten account back.
func (ca *CA) accountStatus(ctx context.Context, acc *account) (string, error) {
	op := operation{name: "read ACME account " + acc.url, refused: issuance.CodeAccountRefused, advice: accountAdvice, reads: true}
	var read acme.Account
	r, err := ca.signed(ctx, op, acc, func(core *api.Core) (err error) {
		read, err = core.Accounts.Get(acc.url)
		return err
	})
	switch kind(r.problem()) {
	case problemAccountDoesNotExist:
		return "unknown", nil
	case problemUnauthorized:
		// A deactivated account may not even read itself (RFC 8555 section 7.3.6).
		return "deactivated", nil
	}
	return read.Status, err
}
