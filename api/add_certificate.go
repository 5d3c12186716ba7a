package api

import (
	"fmt"
	"net/http"

	"certgate/internal/hostname"
	"certgate/internal/issuance"
)

// addCertificate starts the issuance of one hostname. A second call while the
// first is active gets the first one's id, as long as that does not clean up.
func (s *server) addCertificate(w http.ResponseWriter, r *http.Request) error {
	var in issuance.Input
	if err := decodeBody(w, r, &in); err != nil {
		return err
	}
	if len(in.Hostnames) > 1 {
		return problem(CodeHostnamesTooMany, fmt.Sprintf("This call takes exactly one hostname, the request has %d.", len(in.Hostnames)), "Use POST /api/AddMultipleCertificatesFunctions_HttpStart for several.")
	}
	if err := checkHostnames(&in); err != nil {
		return err
	}
	if err := s.checkOptions(r.Context(), &in.Options); err != nil {
		return err
	}
	if err := s.checkInputGateways(&in); err != nil {
		return err
	}
	return s.startOne(w, r, in)
}

// startOne starts the issuance of the one hostname of in, or joins whatever installs a
// certificate for it.
func (s *server) startOne(w http.ResponseWriter, r *http.Request, in issuance.Input) error {
	if !in.TakeOver {
		if err := s.unmanaged(r.Context(), in.GatewaysFor(in.Hostnames[0]), in.Hostnames[0].Hostname); err != nil {
			return err
		}
	}
	start, err := issuance.AddWith(in.Hostnames[0].Hostname, in.TakeOver, in.Options, in.GatewaysFor(in.Hostnames[0])...)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// checkHostnames replaces each hostname by its checked form (A-label).
func checkHostnames(in *issuance.Input) error {
	if len(in.Hostnames) == 0 {
		return noHostname()
	}
	for i, h := range in.Hostnames {
		name, err := hostname.Parse(h.Hostname)
		if err != nil {
			return &refusing{problem(CodeHostnameNotValid, fmt.Sprintf("hostnames[%d]: %s", i, err.Error()), "Send a public host name such as shop.example.com."), []refusal{{i, err.Error()}}}
		}
		in.Hostnames[i].Hostname = string(name)
	}
	return nil
}

func noHostname() *Problem {
	return problem(CodeHostnamesMissing, "The request names no hostname.", `Send {"hostnames":[{"hostname":"shop.example.com"}]}.`)
}
