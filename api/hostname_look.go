package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/gatewayview"
	"certgate/internal/hostname"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// hostnameLook is what a client meets that asks for the hostname at the gateway.
type hostnameLook struct {
	Hostname string `json:"hostname"`
	Gateway  string `json:"gateway"`
	// Problem is why nothing could be asked; then http and https are missing.
	Problem string `json:"problem,omitempty"`
	*gatewayview.Look
	Served *servedView `json:"served"` // null if the gateway shows no certificate
}

// lookAtHostname asks a gateway of the settings for / of a hostname, as a browser would:
// status, redirects on the hostname, headers without secrets, certificates; no body. Only
// for hostnames that certgate manages, so that nobody makes it ask for others.
func (s *server) lookAtHostname(w http.ResponseWriter, r *http.Request) error {
	name, err := hostname.Parse(chi.URLParam(r, "hostname"))
	if err != nil {
		return problem(CodeHostnameNotValid, err.Error(), "Ask for a public host name such as shop.example.com.")
	}
	ctx, host := r.Context(), string(name)
	records, err := s.recordsFor(ctx, host)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(r *managed.Record) bool { return r.Retired })
	if len(records) == 0 {
		return problem(CodeCertificateNotFound, fmt.Sprintf("certgate manages no certificate for %s, and looks at no other hostname.", host), "GET /api/certificates lists the hostnames.")
	}
	gateway := records[0].FirstGateway()
	if wanted := r.URL.Query().Get("gateway"); wanted != "" {
		if _, err := s.checkGateways([]string{wanted}); err != nil {
			return err
		}
		gateway = managed.KeptGateway(wanted)
	}
	var (
		look     gatewayview.Look
		lookErr  error
		served   [][]byte
		together sync.WaitGroup
	)
	together.Go(func() { look, lookErr = s.certificates.Gateway.Look(ctx, gateway, host) })
	together.Go(func() { served = s.served(ctx, gateway, host) })
	together.Wait()
	out := hostnameLook{Hostname: host, Gateway: cmp.Or(gateway, issuance.DefaultGateway), Look: &look, Served: publishServed(served, host, records)}
	if lookErr != nil {
		s.log.WarnContext(ctx, "the gateway could not be looked at", "hostname", host, "gateway", out.Gateway, "error", lookErr)
		out.Look, out.Problem = nil, cmp.Or(durable.Says(lookErr), "The gateway's addresses could not be read; the log has the reason.")
	}
	writeJSON(w, http.StatusOK, out)
	return nil
}
