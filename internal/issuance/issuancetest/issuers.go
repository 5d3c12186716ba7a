package issuancetest

import (
	"slices"

	"certgate/internal/issuance"
)

// Issuers implements issuance.Authorities: authorities by name, and the names in order.
type Issuers struct {
	By    map[string]issuance.Authority
	Order []string // of preference; the others of By are not preferred
}

// Only is one authority, the default one.
func Only(a issuance.Authority) *Issuers {
	return &Issuers{By: map[string]issuance.Authority{issuance.DefaultIssuer: a}, Order: []string{issuance.DefaultIssuer}}
}

// Add makes a CA another issuer, the last in the order of preference.
func (i *Issuers) Add(name string, ca *CA) {
	i.By[name], i.Order = issuance.Authority{Orders: ca, Authorizations: ca, Revoker: ca}, append(i.Order, name)
}

// Preferred implements issuance.Authorities.
func (i *Issuers) Preferred() []string { return slices.Clone(i.Order) }

// Names implements issuance.Authorities.
func (i *Issuers) Names() []string {
	names := slices.Clone(i.Order)
	for name := range i.By {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[len(i.Order):])
	return names
}

// Issuer implements issuance.Authorities.
func (i *Issuers) Issuer(name string) (issuance.Authority, error) {
	if _, ok := i.By[issuance.DefaultIssuer]; name == "" && ok {
		name = issuance.DefaultIssuer
	} else if name == "" {
		name = i.Order[0]
	}
	if a, ok := i.By[name]; ok {
		return a, nil
	}
	return issuance.Authority{}, issuance.NoIssuer(name)
}
