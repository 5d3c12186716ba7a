package api

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// failureStatuses are the HTTP statuses of failures that end an instance
// elsewhere, when they meet a caller who waits for the reply.
var failureStatuses = map[string]int{
	issuance.CodeVaultRefused:      http.StatusBadRequest,
	issuance.CodeNameSoftDeleted:   http.StatusConflict,
	issuance.CodeVaultAccessDenied: http.StatusServiceUnavailable, // the set-up, not the caller
}

// vaultProblem is what a caller may read of an error of the vault. The whole of
// it goes to the log. Where time mends it, Retry-After says how much.
func (s *server) vaultProblem(w http.ResponseWriter, r *http.Request, err error) error {
	var (
		failed    *durable.Failure
		later     *durable.RetryLater
		transient *durable.Transient
	)
	switch {
	case errors.As(err, &failed):
		s.log.WarnContext(r.Context(), "the vault refused", "path", r.URL.Path, "error", err)
		status, ok := failureStatuses[failed.Code]
		if !ok {
			status = http.StatusBadGateway
		}
		return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: failed.Code, Detail: failed.Message}
	case errors.As(err, &later):
		return s.notNow(w, r, err, later.Reason, later.After)
	case errors.As(err, &transient):
		return s.notNow(w, r, err, transient.Public, transient.After)
	}
	return err
}

func (s *server) notNow(w http.ResponseWriter, r *http.Request, err error, reason string, after time.Duration) error {
	s.log.WarnContext(r.Context(), "the vault is not available", "path", r.URL.Path, "error", err)
	if reason == "" {
		reason = "Key Vault cannot be used at the moment."
	}
	seconds := max(int(math.Ceil(after.Seconds())), 10)
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	return problem(CodeVaultNotAvailable, reason, "Send the request again in "+strconv.Itoa(seconds)+" seconds; what was stored already is not stored twice.")
}
