package api

import (
	"context"
	"net/http"
	"strings"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/preflight"
)

// Preflight looks at everything that an issuance needs, and changes nothing.
type Preflight interface {
	Run(ctx context.Context, wanted issuance.Wanted) preflight.Report
	Hostnames(ctx context.Context, wanted []issuance.Wanted) preflight.HostnamesReport
}

// getPreflight runs every check of the set-up and, with ?hostname=, those of a
// hostname, proved as ?validation= and ?dnsAccount= say. What is wrong is in the report: the call itself succeeds.
func (s *server) getPreflight(w http.ResponseWriter, r *http.Request) error {
	query, wanted := r.URL.Query(), issuance.Wanted{}
	if query.Has("hostname") {
		parsed, err := hostname.ParsePattern(query.Get("hostname"))
		if err != nil {
			return problem(CodeHostnameNotValid, err.Error(), "Send a public host name such as shop.example.com.")
		}
		wanted = issuance.Wanted{Hostname: string(parsed), Validation: strings.ToLower(query.Get("validation")), DNSAccount: query.Get("dnsAccount")}
	} else if query.Has("validation") || query.Has("dnsAccount") {
		return problem(CodeQueryNotValid, "The query has validation or dnsAccount, and no hostname.", "Name the hostname too.")
	}
	if why := contradicts(wanted); why != "" {
		return problem(CodeValidationNotValid, why, "Leave validation out, or ask for the one that fits.")
	}
	writeJSON(w, http.StatusOK, s.preflight.Run(r.Context(), wanted))
	return nil
}
