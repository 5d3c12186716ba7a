package appgateway

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"certgate/internal/azureerror"
	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// ChangedError says that somebody else is changing the gateway: what was read is
// out of date. Read again and redo the edit.
type ChangedError struct {
	After time.Duration // ARM's wish; 0 if it had none
	Err   error
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("the gateway is being changed by somebody else: %v", e.Err)
}

func (e *ChangedError) Unwrap() error { return e.Err }

// Refusal is the service's no to a document. Sending the same document again
// gives the same answer.
type Refusal struct {
	Code    string
	Message string // the service's sentence, fit for people
	Details []Detail
}

// Detail is one of the reasons below a Refusal.
type Detail struct {
	Code    string
	Message string
}

func (r *Refusal) Error() string { return r.Code + ": " + r.Sentence() }

// Sentence is what people may read: the first detail if there is one, because
// the outer message is often only "see details below".
func (r *Refusal) Sentence() string {
	for _, d := range r.Details {
		if d.Message != "" {
			return d.Message
		}
	}
	if r.Message != "" {
		return r.Message
	}
	return r.Code
}

func (r *Refusal) detailCodes() []string {
	codes := make([]string, 0, len(r.Details))
	for _, d := range r.Details {
		codes = append(codes, d.Code)
	}
	return codes
}

// collision reports an answer to a write that says nothing against the document:
// another operation runs (409), the document is out of date (412), or two writes
// came close together (429 RetryableError).
func collision(err error) (*ChangedError, bool) {
	var answer *serviceError
	if !errors.As(err, &answer) || answer.Refusal.Code == "ScopeLocked" {
		return nil, false
	}
	switch answer.Status {
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusTooManyRequests:
		return &ChangedError{After: answer.RetryAfter, Err: err}, true
	}
	return nil, false
}

// explain maps what went wrong in a call to the error that the callers branch
// on. Texts for people name the gateway and the way out, never a request id.
func (c *Client) explain(verb string, err error) error {
	var answer *serviceError
	if !errors.As(err, &answer) {
		return azureerror.Unanswered("Azure Resource Manager", fmt.Sprintf("%s application gateway %s", verb, c.name), azureerror.WithoutQuery(err))
	}
	log := fmt.Errorf("%s application gateway %s: %w", verb, c.name, azureerror.WithoutQuery(err))
	switch code := answer.Status; {
	case answer.Refusal.Code == "ScopeLocked":
		return &durable.Failure{Code: issuance.CodeGatewayAccessDenied, Err: log, Message: fmt.Sprintf(
			"A resource lock forbids to %s the Application Gateway %s. Remove the read-only lock from it or from its resource group.", verb, c.name)}
	case answer.Refusal.Code == "RequestDisallowedByPolicy":
		return answer.Refusal
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &durable.Failure{Code: issuance.CodeGatewayAccessDenied, Err: log, Message: c.accessAdvice(verb, answer.Refusal.Message)}
	case code == http.StatusNotFound:
		return &durable.Failure{Code: issuance.CodeGatewayNotFound, Err: log, Message: fmt.Sprintf(
			"The Application Gateway %s was not found. Check the settings for subscription, resource group and name (%s).", c.name, c.id)}
	case code == http.StatusTooManyRequests:
		return &durable.RetryLater{After: max(answer.RetryAfter, 5*time.Second), Reason: "Azure Resource Manager asks for a pause.", Err: log}
	case code == http.StatusRequestTimeout, code >= 500:
		return &durable.Transient{After: answer.RetryAfter, Err: log, Public: fmt.Sprintf(
			"Azure Resource Manager has a problem of its own (HTTP %d, %s the Application Gateway %s).", code, verb, c.name)}
	}
	return answer.Refusal
}
