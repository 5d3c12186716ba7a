package armsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// audiences are what clients ask tokens for, by their cloud settings.
var audiences = []string{"https://management.azure.com", "https://management.core.windows.net"}

// Refusal is an error reply of ARM.
type Refusal struct {
	Status     int
	Code       string
	Message    string
	Details    []Detail
	RetryAfter time.Duration // sent as Retry-After, in whole seconds, unless 0

	flat bool // of Azure DNS: no "error" around it
}

// Detail is one of error.details.
type Detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// Forbidden is the refusal of a caller without role (for tests, as an answer of Deny).
func Forbidden() Refusal {
	return Refusal{Status: http.StatusForbidden, Code: "AuthorizationFailed",
		Message: "The client does not have authorization to perform action over scope or the scope is invalid. If access was recently granted, please refresh your credentials."}
}

// invalid is a 400 whose code no source documents.
func invalid(format string, args ...any) Refusal {
	return badRequest("InvalidRequest", format, args...)
}

func badRequest(code, format string, args ...any) Refusal {
	return Refusal{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}

func asRefusal(err error) Refusal {
	var r Refusal
	if errors.As(err, &r) {
		return r
	}
	return Refusal{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: err.Error()}
}

// errorBody is the error of a reply and of an operation.
type errorBody struct {
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Details []Detail `json:"details,omitzero"`
}

// ofResourceManager are the refusals of Resource Manager itself, before the
// network service hears of the call. They have no details; the network service's
// always do, if only an empty list.
var ofResourceManager = []string{"AuthenticationFailed", "InvalidAuthenticationToken", "AuthorizationFailed", "LinkedAuthorizationFailed",
	"MissingApiVersionParameter", "InvalidApiVersionParameter", "SubscriptionNotFound", "InvalidResourceType", "ResourceGroupNotFound", "ResourceNotFound", "ParentResourceNotFound",
	"HttpMethodNotAllowed", "InvalidRequestContent", "LocationRequired"}

func (r Refusal) body() errorBody {
	b := errorBody{r.Code, r.Message, r.Details}
	if b.Details == nil && !slices.Contains(ofResourceManager, r.Code) {
		b.Details = []Detail{}
	}
	return b
}

func refuse(w http.ResponseWriter, method string, err error) {
	r := asRefusal(err)
	if r.flat {
		writeDNS(w, method, r.Status, ordered{{"code", r.Code}, {"message", r.Message}})
		return
	}
	r.Answer(w)
}

// Answer writes the refusal as ARM's reply.
func (r Refusal) Answer(w http.ResponseWriter) {
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", wholeSeconds(r.RetryAfter))
	}
	if r.Status == http.StatusNotFound && slices.Contains(ofResourceManager, r.Code) {
		w.Header().Set("x-ms-failure-cause", "gateway")
	}
	writeJSON(w, r.Status, map[string]any{"error": r.body()})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Pragma", "no-cache")
	w.Header().Set("Expires", "-1")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(body) // the client is gone if this fails
}

func (s *Server) authorize(w http.ResponseWriter, r *http.Request) error {
	if s.options.Tokens == nil {
		return nil
	}
	refusal := Refusal{Status: http.StatusUnauthorized, Code: "AuthenticationFailed", Message: "Authentication failed. The 'Authorization' header is missing."}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, audience := range audiences {
		if !ok {
			break
		}
		err := s.options.Tokens.Check(token, audience)
		if err == nil {
			return nil
		}
		refusal.Code, refusal.Message = "InvalidAuthenticationToken", fmt.Sprintf("The access token is invalid: %v.", err)
	}
	w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.microsoftonline.com/", error="invalid_token"`)
	return refusal
}
