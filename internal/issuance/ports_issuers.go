package issuance

import (
	"cmp"
	"context"
	"fmt"

	"certgate/internal/durable"
)

// DefaultIssuer is the issuer of the settings that begin with Acme. States and
// records leave its name out, as they did when it was the only one.
const DefaultIssuer = "default"

// Authority is a certificate authority with the account there.
type Authority struct {
	Orders
	Authorizations
	Revoker
}

// Authorities are the certificate authorities of the settings, each under a name. "" is
// DefaultIssuer, or the first of them if they have none of that name.
type Authorities interface {
	// Preferred are the names of those to order from, the first one first; at least one.
	Preferred() []string
	// Names are those of all, Preferred first.
	Names() []string
	// Issuer is one of them; the *durable.Failure of NoIssuer if there is none.
	Issuer(name string) (Authority, error)
}

// NoIssuer is the error of an issuer that the settings do not have.
func NoIssuer(name string) error {
	return &durable.Failure{Code: CodeIssuerNotFound, Message: fmt.Sprintf("The settings have no issuer %q (any more). Put its settings back, or ask again for another issuer's certificate.", name)}
}

// stored is an issuer's name as states and records keep it.
func stored(issuer string) string {
	if issuer == DefaultIssuer {
		return ""
	}
	return issuer
}

// source is where an order at an authority is placed, with the profile that it asks for.
func (s *State) source(orders Orders) Source {
	source := orders.Source()
	source.Profile = cmp.Or(s.Options.Profile, source.Profile)
	return source
}

// candidates are the issuers to order from, in order: the one of the options alone, or
// those that the settings prefer.
func (s *State) candidates(authorities Authorities) []string {
	if s.Options.Issuer != "" {
		return []string{s.Options.Issuer}
	}
	return authorities.Preferred()
}

// authority is the one that this certificate is ordered from.
func (s *State) authority(authorities Authorities) (Authority, error) {
	return authorities.Issuer(s.Issuer)
}

// account is the URL of the account in use; "" if it cannot be told. It is known in
// memory when an order was placed.
func account(ctx context.Context, orders Orders) string {
	identity, err := orders.Identity(ctx)
	if err != nil {
		return ""
	}
	return identity.AccountURI
}
