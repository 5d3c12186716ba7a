package issuance

import (
	"fmt"

	"certgate/internal/issuance/managed"
)

// Wanted is a hostname that a certificate is wanted for, and how its ownership is to be
// proved.
type Wanted struct {
	Hostname string `json:"hostname"` // an A-label, or a wildcard
	// Validation is http-01 or dns-01; "" leaves it to the settings.
	Validation string `json:"validation,omitempty"`
	// DNSAccount is the name that the settings give the account for dns-01; "" is the
	// one that holds the zone.
	DNSAccount string `json:"dnsAccount,omitempty"`
}

// AddInput is the published input of an instance that issues a certificate, of one
// hostname or of several.
type AddInput struct {
	Hostnames []Wanted `json:"hostnames"`
	// TakeOver takes listeners whose certificate another manager renews.
	TakeOver bool            `json:"takeOver,omitempty"`
	Options  managed.Options `json:"options,omitzero"`
	// Gateways are those that are to serve it, by their names in the settings; none is the
	// default one.
	Gateways []string `json:"gateways,omitempty"`
}

// names are all hostnames of the certificate, Hostname the first.
func (s *State) names() []string {
	if len(s.Names) == 0 {
		return []string{s.Hostname}
	}
	return s.Names
}

// several is names where there is more than one, for what is stored: rows of one
// hostname look as they always did.
func (s *State) several() []string {
	if len(s.Names) > 1 {
		return s.Names
	}
	return nil
}

// want takes over the hostnames of an input, and the wishes that come with them.
func (s *State) want(wanted []Wanted) {
	s.Hostname = wanted[0].Hostname
	for _, w := range wanted {
		if len(wanted) > 1 {
			s.Names = append(s.Names, w.Hostname)
		}
		if w.Validation != "" || w.DNSAccount != "" {
			s.Ways = append(s.Ways, Way{Wanted: w})
		}
	}
}

// subject is what sentences call the certificate.
func (s *State) subject() string {
	if more := len(s.names()) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", s.Hostname, more)
	}
	return s.Hostname
}

// wishes are those that the record keeps, so that renewals obey them.
func (s *State) wishes() map[string]managed.Validation {
	var wishes map[string]managed.Validation
	for _, w := range s.Ways {
		if w.Validation == "" && w.DNSAccount == "" {
			continue
		}
		if wishes == nil {
			wishes = map[string]managed.Validation{}
		}
		wishes[w.Hostname] = managed.Validation{Method: w.Validation, Account: w.DNSAccount}
	}
	return wishes
}

// WantedOf is what a record's certificate is to have again.
func WantedOf(r *managed.Record) []Wanted {
	var wanted []Wanted
	for _, name := range r.Hostnames {
		wish := r.Validation[name]
		wanted = append(wanted, Wanted{Hostname: name, Validation: wish.Method, DNSAccount: wish.Account})
	}
	return wanted
}
