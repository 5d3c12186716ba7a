package issuance

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

// Ownership is one authorization and what proves it: a validation file, or a value of a
// TXT record. Both are public by design: the authority fetches them (RFC 8555 section 8).
// One without AuthorizationURL belongs to an order that was given up, and is kept for
// clean-up.
type Ownership struct {
	AuthorizationURL string `json:"authorizationUrl"`
	Hostname         string `json:"hostname,omitempty"`
	Token            string `json:"token,omitempty"`   // of http-01; "" if it was valid already
	Content          string `json:"content,omitempty"` // key authorization

	Place   Place  `json:"place,omitzero"` // of dns-01
	Value   string `json:"value,omitempty"`
	Receipt string `json:"receipt,omitempty"`
	Written bool   `json:"written,omitempty"`
	Seen    bool   `json:"seen,omitempty"` // on all name servers
}

// textValue is what the TXT record of dns-01 says (RFC 8555 section 8.4).
func textValue(keyAuthorization string) string {
	sum := sha256.Sum256([]byte(keyAuthorization))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// byDNS reports whether a TXT record proves it.
func (p Ownership) byDNS() bool { return p.Value != "" }

// challenge is the one that the proof answers.
func (p Ownership) challenge(a Authorization) Challenge {
	if p.byDNS() {
		return a.DNSChallenge
	}
	return a.Challenge
}

// leftovers keeps what an abandoned order has put somewhere, for clean-up only.
func leftovers(proofs []Ownership) []Ownership {
	var left []Ownership
	for _, p := range proofs {
		if p.Token != "" || p.byDNS() {
			left = append(left, Ownership{Token: p.Token, Place: p.Place, Value: p.Value, Receipt: p.Receipt})
		}
	}
	return left
}

// open are the proofs of the current order that an authority has not seen yet.
func (s *State) open() []Ownership {
	return slices.DeleteFunc(slices.Clone(s.Proofs), func(p Ownership) bool {
		return p.AuthorizationURL == "" || p.Token == "" && !p.byDNS()
	})
}

// openFiles are those that need a validation file.
func (s *State) openFiles() []Ownership {
	return slices.DeleteFunc(s.open(), Ownership.byDNS)
}

// recordSet is all values that belong to one name: they are written, seen and removed
// together.
type recordSet struct {
	Place
	values  []string
	receipt string
	proofs  []int // which of the state's
}

// recordSets are those of the proofs for which want reports true, in their order.
func (s *State) recordSets(want func(Ownership) bool) []recordSet {
	var sets []recordSet
	for n, p := range s.Proofs {
		if !p.byDNS() || !want(p) {
			continue
		}
		i := slices.IndexFunc(sets, func(set recordSet) bool { return set.Place == p.Place })
		if i < 0 {
			i, sets = len(sets), append(sets, recordSet{Place: p.Place})
		}
		set := &sets[i]
		set.proofs, set.receipt = append(set.proofs, n), p.Receipt
		if !slices.Contains(set.values, p.Value) {
			set.values = append(set.values, p.Value)
		}
	}
	return sets
}
