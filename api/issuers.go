package api

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"certgate/internal/issuers"
)

// Issuers are the certificate authorities of the settings; *issuers.Issuers is them.
type Issuers interface {
	Standings(ctx context.Context) []issuers.Standing
	// Choices are the issuers as a certificate can choose them. Nobody is asked.
	Choices() []issuers.Choice
	// Profiles are those that an issuer offers; an error if that is not known now.
	Profiles(ctx context.Context, issuer string) ([]string, error)
}

// issuer is an issuer as it is published. What only the authority can tell is missing
// while it does not answer.
type issuer struct {
	Name      string `json:"name"`
	Preferred bool   `json:"preferred"` // orders go to it without being told to
	// Answers is false if the authority's directory cannot be read now; Problem says why,
	// or what else is not known.
	Answers       bool     `json:"answers"`
	Problem       string   `json:"problem,omitempty"`
	Directory     string   `json:"directory,omitempty"`
	Profile       string   `json:"profile,omitempty"` // that orders ask for
	Profiles      []string `json:"profiles"`          // that it offers
	CAADomains    []string `json:"caaDomains"`        // its names in CAA records
	Account       string   `json:"account,omitempty"` // URL; none before the first order
	AccountStatus string   `json:"accountStatus,omitempty"`
	RenewalInfo   bool     `json:"renewalInfo"` // it says when to renew (RFC 9773)
	// BindingNeeded: accounts must be bound to one of the authority's own; Bound: the
	// settings say to which.
	BindingNeeded bool    `json:"externalAccountNeeded"`
	Bound         bool    `json:"externalAccountGiven"`
	Limits        []limit `json:"limits"`
}

// limit is a limit of the authority that holds orders up.
type limit struct {
	Scope string `json:"scope"` // account, or domain:name
	Until string `json:"until"`
}

// getIssuers shows the issuers in the order of preference, then the others.
func (s *server) getIssuers(w http.ResponseWriter, r *http.Request) error {
	list := []issuer{}
	var standings []issuers.Standing
	if s.issuers != nil {
		standings = s.issuers.Standings(r.Context())
	}
	for _, i := range standings {
		published := issuer{
			Name: i.Name, Preferred: i.Preferred, Answers: i.Directory != "", Problem: i.Trouble, Directory: i.Directory,
			Profile: i.Profile, Profiles: append([]string{}, slices.Sorted(maps.Keys(i.Profiles))...), CAADomains: append([]string{}, i.CAADomains...),
			Account: i.Account, AccountStatus: i.AccountStatus, RenewalInfo: i.RenewalInfo, BindingNeeded: i.BindingNeeded, Bound: i.Bound,
			Limits: []limit{},
		}
		for scope, until := range i.Limits {
			published.Limits = append(published.Limits, limit{Scope: scope, Until: until.UTC().Format(time.RFC3339)})
		}
		slices.SortFunc(published.Limits, func(a, b limit) int { return cmp.Compare(a.Scope, b.Scope) })
		list = append(list, published)
	}
	writeJSON(w, http.StatusOK, map[string][]issuer{"issuers": list})
	return nil
}
