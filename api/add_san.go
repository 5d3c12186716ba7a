package api

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// Validation is what the API knows of how hostnames are proved.
type Validation struct {
	// Accounts are the names of the DNS accounts for dns-01; none if there are none.
	Accounts []string
}

// most hostnames of one certificate: what Let's Encrypt takes, and a gateway has
// listeners; mostOfShort is of its profiles that are named here.
const (
	mostHostnames = 100
	mostOfShort   = 25
)

// most is how many hostnames a certificate may have at each of the issuers that may be
// asked for it.
func (s *server) most(o managed.Options) int {
	for _, choice := range s.choices(o) {
		if profile := cmp.Or(o.Profile, choice.Profile); profile == "tlsserver" || profile == "shortlived" {
			return mostOfShort
		}
	}
	return mostHostnames
}

// addSanCertificate starts the issue of one certificate of several hostnames, wildcards
// among them. The same request again, while the first is active, gets the first one's id;
// another one for a certificate that is being worked on is refused.
func (s *server) addSanCertificate(w http.ResponseWriter, r *http.Request) error {
	var in issuance.AddInput
	if err := decodeBodyOf(w, r, &in, maxBody, "Send fewer hostnames per request.", `{"hostnames":[{"hostname":"example.com"},{"hostname":"*.example.com","validation":"dns-01"}]}`); err != nil {
		return err
	}
	if err := s.check(r.Context(), &in); err != nil {
		return err
	}
	gateways, err := s.checkGateways(in.Gateways)
	if err != nil {
		return err
	}
	in.Gateways = gateways
	if !in.TakeOver {
		hosts := make([]string, 0, len(in.Hostnames))
		for _, wanted := range in.Hostnames {
			hosts = append(hosts, wanted.Hostname)
		}
		if err := s.unmanaged(r.Context(), in.Gateways, hosts...); err != nil {
			return err
		}
	}
	start, err := issuance.AddAll(in)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// check is check of the hostnames, and of what else is wanted.
func (s *server) check(ctx context.Context, in *issuance.AddInput) error {
	if err := s.validation.check(in); err != nil {
		return err
	}
	if err := s.checkOptions(ctx, &in.Options); err != nil {
		return err
	}
	if n, most := len(in.Hostnames), s.most(in.Options); n > most {
		return problem(CodeHostnamesTooMany, fmt.Sprintf("The request names %d different hostnames; one certificate takes %d with this authority and profile.", n, most),
			"Ask for several certificates.")
	}
	return nil
}

// check replaces each hostname by its checked form (A-label) and leaves one of each. All
// that are bad are told at once.
func (v Validation) check(in *issuance.AddInput) error {
	return foldWanted(in, v.refuses)
}

// foldWanted is check, with what refuses a hostname whose form is right.
func foldWanted(in *issuance.AddInput, refuses func(issuance.Wanted) string) error {
	if len(in.Hostnames) == 0 {
		return noHostname()
	}
	at := map[string]int{} // where a hostname is among the folded
	var folded []issuance.Wanted
	var refusals []refusal
	code := CodeValidationNotValid
	for i, wanted := range in.Hostnames {
		name, err := hostname.ParsePattern(wanted.Hostname)
		if err != nil {
			code = CodeHostnameNotValid
			refusals = append(refusals, refusal{i, err.Error()})
			continue
		}
		wanted.Hostname, wanted.Validation = string(name), strings.ToLower(wanted.Validation)
		before, twice := at[wanted.Hostname]
		switch why := refuses(wanted); {
		case why != "":
			refusals = append(refusals, refusal{i, why})
		case twice && folded[before] != wanted:
			refusals = append(refusals, refusal{i, wanted.Hostname + " is there twice, with two wishes for its validation."})
		case !twice:
			at[wanted.Hostname] = len(folded)
			folded = append(folded, wanted)
		}
	}
	if len(refusals) > 0 {
		return &refusing{problem(code, told(refusals), "Correct them and send all again; nothing was started."), refusals}
	}
	in.Hostnames = folded
	return nil
}

// refuses says why a hostname cannot be proved as it is wanted; "" if it can.
func (v Validation) refuses(w issuance.Wanted) string {
	dns := hostname.Name(w.Hostname).Wildcard() || w.Validation == issuance.MethodDNS || w.DNSAccount != ""
	if why := contradicts(w); why != "" {
		return why
	}
	switch {
	case dns && len(v.Accounts) == 0:
		return fmt.Sprintf("%s needs dns-01, and the app's settings have no DNS account (Dns__<name>__Provider).", w.Hostname)
	case w.DNSAccount != "" && !slices.Contains(v.Accounts, w.DNSAccount):
		return fmt.Sprintf("The DNS account %s of %s is not in the settings; there are %s.", quoted(w.DNSAccount), w.Hostname, strings.Join(v.Accounts, ", "))
	}
	return ""
}

// contradicts says why no app could prove a hostname as it is wanted; "" if some could.
func contradicts(w issuance.Wanted) string {
	wildcard := hostname.Name(w.Hostname).Wildcard()
	switch {
	case w.Validation != "" && w.Validation != issuance.MethodHTTP && w.Validation != issuance.MethodDNS:
		return fmt.Sprintf("The validation %s of %s is none of %s and %s.", quoted(w.Validation), w.Hostname, issuance.MethodHTTP, issuance.MethodDNS)
	case wildcard && w.Validation == issuance.MethodHTTP:
		return fmt.Sprintf("%s is a wildcard, which no authority proves by http-01; it needs dns-01.", w.Hostname)
	case w.DNSAccount != "" && w.Validation == issuance.MethodHTTP:
		return fmt.Sprintf("%s has a DNS account, which http-01 has no use for.", w.Hostname)
	}
	return ""
}
