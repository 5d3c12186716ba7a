package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"certgate/internal/certimport"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Problem is every error reply: application/problem+json (RFC 9457), with a code
// for machines and, where there is one, the fix for people.
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// The codes of HTTP errors. Published; docs/errors.md has a section for each.
const (
	CodeBodyEmpty          = "RequestBodyEmpty"
	CodeBodyNotJSON        = "RequestBodyNotJson"
	CodeBodyTooLarge       = "RequestBodyTooLarge"
	CodeBodyEncoded        = "RequestBodyEncoded"
	CodeBodyUnknownField   = "RequestBodyUnknownField"
	CodeBodyRepeatedField  = "RequestBodyRepeatedField"
	CodeBodyWrongType      = "RequestBodyWrongType"
	CodeHostnamesMissing   = "HostnamesMissing"
	CodeHostnamesTooMany   = "HostnamesTooMany"
	CodeHostnameNotValid   = "HostnameNotValid"
	CodeValidationNotValid = "ValidationNotValid"
	CodeOptionsNotValid    = "OptionsNotValid"
	CodeGatewayNotKnown    = "GatewayNotKnown"
	CodeQueryNotValid      = "QueryNotValid"
	CodeInstanceNotFound   = "InstanceNotFound"
	CodeInstanceEnded      = "InstanceEnded"
	CodeInstanceActive     = "InstanceStillRunning"
	CodeRouteNotFound      = "RouteNotFound"
	CodeMethodNotAllowed   = "MethodNotAllowed"
	CodeInternal           = "InternalError"
	CodeSignInRequired     = "SignInRequired"
	CodeSignInNotChecked   = "SignInNotChecked"
	CodeRoleMissing        = "RoleMissing"
	CodeCrossSiteCall      = "CrossSiteCallRefused"
	CodeNoReceivers        = "NotificationsNotSetUp"
	CodeTooManyWatchers    = "TooManyWatchers"
	CodeLiveNotAvailable   = "LiveNotAvailable"
)

// The codes of the certificates' resource.
const (
	CodeCertificateNotFound      = "CertificateNotFound"
	CodeCertificateBusy          = "CertificateBusy"
	CodeCertificateRetired       = "CertificateRetired"
	CodeCertificateImported      = "CertificateImported"
	CodeCertificateDamaged       = "CertificateDamaged"
	CodeRevocationReasonNotValid = "RevocationReasonNotValid"
	CodeCertificateChanged       = "CertificateChanged"
	CodeHostnamesWouldGo         = "HostnamesWouldGo"
	CodeGatewaysWouldGo          = "GatewaysWouldGo"
	CodeHostnameNamesCertificate = "HostnameNamesCertificate"
)

// The codes of take-overs.
const (
	CodeListenersMissing    = "ListenersMissing"
	CodeListenersTooMany    = "ListenersTooMany"
	CodeTakeOverNotValid    = "TakeOverNotValid"
	CodeListenerNotPinned   = "ListenerNotPinned"
	CodeGiveBackNotPossible = "GiveBackNotPossible"
	CodeCertificateAdopted  = "CertificateAdopted"
)

// CodeListenerNotFound is of the listeners' resource.
const CodeListenerNotFound = "ListenerNotFound"

// The codes of an import beside those of package certimport.
const (
	CodeCertificateNameTaken = "CertificateNameTaken"
	CodeVaultNotAvailable    = "KeyVaultNotAvailable"
)

// statuses is the one place where a code becomes an HTTP status.
var statuses = map[string]int{
	CodeBodyEmpty: http.StatusBadRequest, CodeBodyNotJSON: http.StatusBadRequest,
	CodeBodyTooLarge:     http.StatusRequestEntityTooLarge,
	CodeBodyEncoded:      http.StatusUnsupportedMediaType,
	CodeBodyUnknownField: http.StatusBadRequest, CodeBodyWrongType: http.StatusBadRequest,
	CodeBodyRepeatedField: http.StatusBadRequest,
	CodeHostnamesMissing:  http.StatusBadRequest, CodeHostnamesTooMany: http.StatusBadRequest,
	CodeValidationNotValid: http.StatusBadRequest,
	CodeOptionsNotValid:    http.StatusBadRequest,
	CodeGatewayNotKnown:    http.StatusBadRequest,
	CodeHostnameNotValid:   http.StatusBadRequest, CodeQueryNotValid: http.StatusBadRequest,
	CodeInstanceNotFound: http.StatusNotFound, CodeInstanceEnded: http.StatusGone,
	CodeInstanceActive: http.StatusConflict, CodeRouteNotFound: http.StatusNotFound,
	CodeMethodNotAllowed: http.StatusMethodNotAllowed, CodeInternal: http.StatusInternalServerError,
	CodeSignInRequired: http.StatusUnauthorized, CodeSignInNotChecked: http.StatusServiceUnavailable,
	CodeRoleMissing: http.StatusForbidden, CodeCrossSiteCall: http.StatusForbidden,
	CodeNoReceivers:         http.StatusConflict,
	CodeTooManyWatchers:     http.StatusServiceUnavailable,
	CodeLiveNotAvailable:    http.StatusServiceUnavailable,
	CodeCertificateNotFound: http.StatusNotFound, CodeCertificateBusy: http.StatusConflict,
	CodeCertificateRetired: http.StatusConflict, CodeCertificateImported: http.StatusConflict,
	CodeCertificateDamaged: http.StatusConflict,
	CodeListenersMissing:   http.StatusBadRequest, CodeListenersTooMany: http.StatusBadRequest, CodeTakeOverNotValid: http.StatusBadRequest,
	CodeListenerNotPinned: http.StatusConflict, CodeGiveBackNotPossible: http.StatusConflict, CodeCertificateAdopted: http.StatusConflict,
	CodeListenerNotFound: http.StatusNotFound, issuance.CodeListenerHasManager: http.StatusConflict,
	CodeTargetNotFound:           http.StatusNotFound,
	CodeCertificateChanged:       http.StatusPreconditionFailed,
	CodeHostnamesWouldGo:         http.StatusConflict,
	CodeGatewaysWouldGo:          http.StatusConflict,
	CodeHostnameNamesCertificate: http.StatusConflict,
	CodeRevocationReasonNotValid: http.StatusBadRequest,
	CodeCertificateNameTaken:     http.StatusConflict, CodeVaultNotAvailable: http.StatusServiceUnavailable,
}

// Codes lists them, so that a test can hold the documentation against them.
func Codes() []string {
	codes := make([]string, 0, len(statuses))
	for code := range statuses {
		if code == issuance.CodeListenerHasManager { // instances have it as well
			continue
		}
		codes = append(codes, code)
	}
	for _, reason := range certimport.Reasons() {
		codes = append(codes, string(reason))
	}
	return codes
}

func problem(code, detail, fix string) *Problem {
	status, ok := statuses[code]
	if !ok {
		status = http.StatusInternalServerError
	}
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail, Fix: fix}
}

// writeError is the only place that writes an error reply. What is not a
// Problem is logged in full and shown as one neutral sentence.
func writeError(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	var p *Problem
	var list *refusing
	var row *durable.UnreadableError
	var busy *durable.BusyError
	switch {
	case errors.As(err, &list):
		p = list.Problem
	case errors.As(err, &p):
	case errors.As(err, &row):
		p = damagedProblem(row)
	case errors.As(err, &busy):
		p = busyProblem(busy)
	case errors.Is(err, durable.ErrNotFound):
		p = problem(CodeInstanceNotFound, "There is no instance with this id.", "Check the id; an instance that was purged is gone.")
	case errors.Is(err, durable.ErrEnded):
		p = problem(CodeInstanceEnded, "The instance has ended.", "Start a new one.")
	case errors.Is(err, durable.ErrActive):
		p = problem(CodeInstanceActive, "The instance has not ended.", "Terminate it first, or wait until it ends.")
	case errors.Is(err, durable.ErrBadToken):
		p = problem(CodeQueryNotValid, "The continuation token is not one that this service gave.", "Start again without it.")
	default:
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "error", err)
		p = problem(CodeInternal, "The request could not be carried out.", "Try again; if it stays, the log has the reason under the invocation id of this request.")
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	var body any = p
	if list != nil {
		body = list
	}
	_ = json.NewEncoder(w).Encode(body)
}

// writeJSON writes a reply.
func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
