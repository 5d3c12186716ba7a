package vaultsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// Refusal is an error reply of the vault. Code and Inner are error.code and
// error.innererror.code of the body.
type Refusal struct {
	Status     int
	Code       string
	Inner      string
	Message    string
	RetryAfter time.Duration // sent as Retry-After, in whole seconds, unless 0
}

func (r Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Message) }

// HTTPStatus lets a reader of secrets tell "not allowed" and "not there" from
// trouble that may pass, without knowing this package.
func (r Refusal) HTTPStatus() int { return r.Status }

// Forbidden is the refusal of a vault with Azure RBAC when the caller has no
// role for the call (for tests, as an answer of Deny).
func Forbidden() Refusal {
	return Refusal{Status: http.StatusForbidden, Code: "Forbidden", Inner: "ForbiddenByRbac",
		Message: "Caller is not authorized to perform action on resource. If role assignments were changed recently, please observe propagation time."}
}

// Firewalled is the refusal of a vault whose firewall does not know the caller.
func Firewalled() Refusal {
	return Refusal{Status: http.StatusForbidden, Code: "Forbidden", Inner: "ForbiddenByFirewall",
		Message: "Client address is not authorized and caller is not a trusted service."}
}

// Throttled is the refusal of a vault that has had too many calls.
func Throttled(retryAfter time.Duration) Refusal {
	return Refusal{Status: http.StatusTooManyRequests, Code: "Throttled", RetryAfter: retryAfter,
		Message: "Request was not processed because too many requests were received."}
}

func badParameter(format string, args ...any) Refusal {
	return Refusal{Status: http.StatusBadRequest, Code: "BadParameter", Message: fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) Refusal {
	return Refusal{Status: http.StatusNotFound, Code: code, Message: fmt.Sprintf(format, args...)}
}

func conflict(inner, format string, args ...any) Refusal {
	return Refusal{Status: http.StatusConflict, Code: "Conflict", Inner: inner, Message: fmt.Sprintf(format, args...)}
}

type errorReply struct {
	Error errorBody `json:"error"`
}

type errorBody struct {
	Code    string     `json:"code"`
	Message string     `json:"message"`
	Inner   *innerCode `json:"innererror,omitempty"`
}

type innerCode struct {
	Code string `json:"code"`
}

func refuse(w http.ResponseWriter, err error) {
	var r Refusal
	if !errors.As(err, &r) {
		r = Refusal{Status: http.StatusInternalServerError, Code: "InternalError", Message: err.Error()}
	}
	r.Answer(w)
}

// Answer writes the refusal as the vault's reply.
func (r Refusal) Answer(w http.ResponseWriter) {
	body := errorReply{errorBody{Code: r.Code, Message: r.Message}}
	if r.Inner != "" {
		body.Error.Inner = &innerCode{r.Inner}
	}
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.RetryAfter.Seconds()))))
	}
	writeJSON(w, r.Status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	data, err := json.Marshal(body)
	if err != nil {
		panic("vaultsim: " + err.Error()) // replies are made of strings and numbers
	}
	w.WriteHeader(status)
	w.Write(data) // the client is gone if this fails
}

// decode reads a request body. Members that are not known are ignored, as the
// service does; no body at all reads as an empty object.
func (c *call) decode(into any) error {
	if len(c.body) == 0 {
		return nil
	}
	if err := json.Unmarshal(c.body, into); err != nil {
		return badParameter("the request body is not what is expected: %v", err)
	}
	return nil
}
