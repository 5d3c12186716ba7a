package api

import (
	"context"
	"net/http"

	"certgate/internal/hostname"
	"certgate/internal/preflight"
)

// Preflight looks at everything that an issuance needs, and changes nothing.
type Preflight interface {
	Run(ctx context.Context, hostname string) preflight.Report
	Hostnames(ctx context.Context, hostnames []string) preflight.HostnamesReport
}

// getPreflight runs every check of the set-up and, with ?hostname=, those of a
// hostname. What is wrong is in the report: the call itself succeeds.
func (s *server) getPreflight(w http.ResponseWriter, r *http.Request) error {
	name := ""
	if r.URL.Query().Has("hostname") {
		parsed, err := hostname.ParsePattern(r.URL.Query().Get("hostname"))
		if err != nil {
			return problem(CodeHostnameNotValid, err.Error(), "Send a public host name such as shop.example.com.")
		}
		name = string(parsed)
	}
	writeJSON(w, http.StatusOK, s.preflight.Run(r.Context(), name))
	return nil
}
