package api

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-chi/chi/v5"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/principal"
)

// addCertificates is the resource's own way to ask for new certificates: one
// hostname is AddCertificateFunctions, several are AddMultipleCertificatesFunctions.
func (s *server) addCertificates(w http.ResponseWriter, r *http.Request) error {
	var in issuance.Input
	if err := decodeBody(w, r, &in); err != nil {
		return err
	}
	if err := foldHostnames(&in); err != nil {
		return err
	}
	if err := s.checkOptions(r.Context(), &in.Options); err != nil {
		return err
	}
	if err := s.checkInputGateways(&in); err != nil {
		return err
	}
	if len(in.Hostnames) == 1 {
		return s.startOne(w, r, in)
	}
	return s.startMany(w, r, in)
}

// renewCertificate issues the next version now, whether it is due or not. An
// issue or renewal for the hostname that is under way is joined.
func (s *server) renewCertificate(w http.ResponseWriter, r *http.Request) error {
	record, err := s.record(r.Context(), chi.URLParam(r, "name"))
	if err != nil {
		return err
	}
	switch {
	case record.Retired:
		return problem(CodeCertificateRetired, "The certificate is retired, so it is not renewed.", "POST /api/certificates with its hostname to put it back into service.")
	case record.Imported:
		return imported("It was imported, so certgate has no order to renew.", "Import its successor, or POST /api/certificates with its hostname to have it issued from now on.")
	}
	by := principal.FromContext(r.Context()).Name
	start, err := issuance.Renewal(record, "Asked for by "+by+".", by)
	if err != nil {
		return err
	}
	return s.start(w, r, start)
}

// revokeRequest is the body of a revocation. Version is the one in the vault that
// is to be revoked; without it the newest.
type revokeRequest struct {
	Reason  issuance.RevocationReason `json:"reason"`
	Version string                    `json:"version"`
}

// revokeCertificate has the authority revoke a version, for good.
func (s *server) revokeCertificate(w http.ResponseWriter, r *http.Request) error {
	in := revokeRequest{}
	if r.ContentLength != 0 {
		if err := decodeBody(w, r, &in); err != nil {
			return err
		}
	}
	if !slices.Contains(issuance.RevocationReasons(), in.Reason) {
		return problem(CodeRevocationReasonNotValid, "The request gives no reason for the revocation that an authority takes.", `Send {"reason":"keyCompromise"}, or superseded, cessationOfOperation or unspecified.`)
	}
	record, err := s.record(r.Context(), chi.URLParam(r, "name"))
	if err != nil {
		return err
	}
	if record.Imported {
		return imported("It was imported, so only whoever ordered it can revoke it.", "Revoke it at the authority that issued it.")
	}
	if in.Version == "" {
		in.Version = record.Version
	} else if _, err := s.certificates.Vault.Version(r.Context(), record.Name, in.Version); errors.Is(err, issuance.ErrGone) {
		return problem(CodeCertificateNotFound, "Key Vault has no such version of the certificate.", "Leave version out for the newest, or take one from Key Vault.")
	} else if err != nil {
		return fmt.Errorf("read version %s of certificate %s: %w", in.Version, record.Name, err)
	}
	input, err := encodeInput(issuance.RevokeInput{Certificate: record.Name, Hostnames: issuance.InputHostnames(record.Hostnames), Reason: in.Reason, Version: in.Version})
	if err != nil {
		return err
	}
	return s.start(w, r, durable.Start{Flow: issuance.FlowRevokeCertificate, Claim: claimOf(record), Input: input})
}

// retireCertificate takes a certificate off the gateway and out of renewal. Asked
// for again, it finds everything done.
func (s *server) retireCertificate(w http.ResponseWriter, r *http.Request) error {
	query, err := flags(r.URL.Query(), "revoke")
	if err != nil {
		return err
	}
	record, err := s.record(r.Context(), chi.URLParam(r, "name"))
	if err != nil {
		return err
	}
	if record.Adopted != nil {
		return problem(CodeCertificateAdopted, "It was taken over with a listener that somebody else made, so certgate does not take it off the gateway.", "POST /api/listeners/"+record.Adopted.Listener+"/giveBack to have certgate let go of it; then remove the listener by hand.")
	}
	revoke := query["revoke"] == "true"
	if revoke && record.Imported {
		return imported("It was imported, so only whoever ordered it can revoke it.", "Use revoke=false, and revoke it at the authority that issued it.")
	}
	input, err := encodeInput(issuance.RetireInput{Certificate: record.Name, Hostnames: issuance.InputHostnames(record.Hostnames), Revoke: revoke, Gateways: record.Gateways})
	if err != nil {
		return err
	}
	return s.start(w, r, durable.Start{Flow: issuance.FlowRetireCertificate, Claim: claimOf(record), Input: input})
}

// start starts an instance, or names the one that it joins.
func (s *server) start(w http.ResponseWriter, r *http.Request, start durable.Start) error {
	id, _, err := s.engine.Start(r.Context(), start)
	if err != nil {
		return err
	}
	s.writeStarted(w, r, id)
	return nil
}

// busyProblem says what keeps a request from being started: its id would be a wrong
// answer, because whoever retires a certificate must not be told of its renewal.
func busyProblem(b *durable.BusyError) *Problem {
	if b.Ending {
		return problem(CodeCertificateBusy, fmt.Sprintf("The instance %s was at work on this and has failed or was terminated; it is cleaning up.", b.Instance), "Ask again when it has ended, which mostly takes seconds.")
	}
	return problem(CodeCertificateBusy, fmt.Sprintf("The instance %s is at work on this certificate.", b.Instance), "Wait until it has ended, or terminate it, then ask again.")
}

func imported(detail, fix string) *Problem { return problem(CodeCertificateImported, detail, fix) }
