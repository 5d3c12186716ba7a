// Package issuers puts a name to each certificate authority of the settings, and its gate
// before it: limits are known of each by itself.
package issuers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"certgate/internal/acmeca"
	"certgate/internal/cagate"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/renewal"
)

// Member is one authority with its account and its gate.
type Member struct {
	Name string
	CA   *acmeca.CA
	Gate *cagate.Gate
	// Preferred: orders go to it without being told to, in the order of the members.
	Preferred bool
}

// Issuers are the authorities of the settings. They implement issuance.Authorities,
// renewal.Info and metrics.Limits.
type Issuers struct{ members []Member }

var (
	_ issuance.Authorities = (*Issuers)(nil)
	_ renewal.Info         = (*Issuers)(nil)
)

// New takes at least one member that is preferred. Those come first.
func New(members ...Member) *Issuers {
	sorted := slices.Clone(members)
	slices.SortStableFunc(sorted, func(a, b Member) int {
		switch {
		case a.Preferred == b.Preferred:
			return 0
		case a.Preferred:
			return -1
		}
		return 1
	})
	return &Issuers{members: sorted}
}

// Members are all of them, in order.
func (i *Issuers) Members() []Member { return slices.Clone(i.members) }

// Preferred implements issuance.Authorities.
func (i *Issuers) Preferred() (names []string) {
	for _, m := range i.members {
		if m.Preferred {
			names = append(names, m.Name)
		}
	}
	return names
}

// Names implements issuance.Authorities.
func (i *Issuers) Names() (names []string) {
	for _, m := range i.members {
		names = append(names, m.Name)
	}
	return names
}

// Issuer implements issuance.Authorities.
func (i *Issuers) Issuer(name string) (issuance.Authority, error) {
	m, err := i.member(name)
	if err != nil {
		return issuance.Authority{}, err
	}
	return issuance.Authority{Orders: m.Gate.Orders(m.CA), Authorizations: m.Gate.Authorizations(m.CA), Revoker: m.CA}, nil
}

func (i *Issuers) member(name string) (Member, error) {
	for _, m := range i.members {
		if m.Name == cmp.Or(name, issuance.DefaultIssuer) {
			return m, nil
		}
	}
	if name == "" {
		return i.members[0], nil
	}
	return Member{}, issuance.NoIssuer(name)
}

// RenewalInfo implements renewal.Info. An issuer that the settings have no more has
// nothing to say.
func (i *Issuers) RenewalInfo(ctx context.Context, issuer, certID string) (managed.Window, time.Duration, error) {
	m, err := i.member(issuer)
	if err != nil {
		return managed.Window{}, 24 * time.Hour, fmt.Errorf("%w about %s: %w", renewal.ErrNoInfo, certID, err)
	}
	return m.CA.RenewalInfo(ctx, certID)
}

// Limits implements metrics.Limits: by issuer, and by scope as cagate has it.
func (i *Issuers) Limits(ctx context.Context) (map[string]map[string]time.Time, error) {
	all := map[string]map[string]time.Time{}
	for _, m := range i.members {
		limits, err := m.Gate.Limits(ctx)
		if err != nil {
			return nil, err
		}
		all[m.Name] = maps.Clone(limits)
	}
	return all, nil
}
