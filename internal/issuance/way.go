package issuance

import (
	"slices"

	"certgate/internal/hostname"
)

// The methods by which ownership is proved (RFC 8555 section 8).
const (
	MethodHTTP = "http-01"
	MethodDNS  = "dns-01"
)

// ValidationAuto is the default of DefaultValidation: dns-01 where a zone of ours holds the
// record, http-01 elsewhere.
const ValidationAuto = "auto"

// Way is how the ownership of one hostname is proved.
type Way struct {
	Wanted
	// Method is what was chosen; "" before that.
	Method string `json:"method,omitempty"`
	Place  Place  `json:"place,omitzero"` // of the TXT record, with dns-01
	// Barred are methods that CAA records do not allow the issuer (RFC 8657 section 4).
	Barred []string `json:"barred,omitempty"`
}

// way is that of a hostname; a hostname that nobody had to choose for is proved by
// http-01.
func (s *State) way(hostname string) Way {
	if i := s.wayOf(hostname); i >= 0 {
		return s.Ways[i]
	}
	return Way{Wanted: Wanted{Hostname: hostname}}
}

func (s *State) wayOf(hostname string) int {
	return slices.IndexFunc(s.Ways, func(w Way) bool { return w.Hostname == hostname })
}

// by reports whether some hostname is, or may be, proved by a method.
func (s *State) by(method string) bool {
	return slices.ContainsFunc(s.names(), func(name string) bool {
		w := s.way(name)
		return w.Method == method || w.Method == "" && method == MethodHTTP
	})
}

// Proving decides how hostnames are proved.
type Proving struct {
	Places  Places // nil if no DNS account is configured
	Default string // "" is ValidationAuto
}

// Possible are the methods that may be chosen for a hostname, the better one first; at
// least one.
func (p Proving) Possible(w Way) []string {
	wished := p.wished(w)
	if allowed := without(wished, w.Barred); len(allowed) > 0 {
		return allowed
	}
	return wished
}

// wished is Possible, whatever CAA records say.
func (p Proving) wished(w Way) []string {
	switch {
	case w.Method != "":
		return []string{w.Method}
	case hostname.Name(w.Hostname).Wildcard():
		return []string{MethodDNS} // an authority offers nothing else
	case w.Validation != "":
		return []string{w.Validation}
	case w.DNSAccount != "":
		return []string{MethodDNS}
	case p.Default == MethodHTTP, p.Default == MethodDNS:
		return []string{p.Default}
	case p.Places != nil:
		return []string{MethodDNS, MethodHTTP}
	}
	return []string{MethodHTTP}
}

// open reports whether something is to be chosen: more than that all is http-01 anyway.
func (p Proving) open(s *State) bool {
	return slices.ContainsFunc(s.names(), func(name string) bool {
		w := s.way(name)
		return w.Method == "" && (p.Possible(w)[0] != MethodHTTP || len(w.Barred) > 0)
	})
}
