package azurefault

import (
	"net/http"
	"time"

	"certgate/localstack/armsim"
	"certgate/localstack/vaultsim"
)

// The services, as they are named in hooks.
const (
	Vault = "vault"
	ARM   = "arm"
)

// Hook decides what goes wrong with a request; the zero Fault lets it pass. It
// runs on the request's own goroutine, several at a time, and must leave the
// body alone.
type Hook func(service string, r *http.Request) Fault

// Fault is what goes wrong with one request.
type Fault struct {
	// Delay comes first; it ends early if the client goes away.
	Delay time.Duration
	// Drop breaks the connection; the service is not asked.
	Drop bool
	// DropAnswer breaks the connection after the service has acted: the client
	// cannot know.
	DropAnswer bool
	// Status, if not 0, is answered in the service's place, with its error
	// document.
	Status int
	// Code is the error code that goes with Status; "" is the service's usual one.
	Code string
	// RetryAfter is sent with Status in whole seconds, rounded up; 0 sends no header.
	RetryAfter time.Duration
}

const message = "The request was refused on purpose."

// usual are the refusals that the services answer most with a status. Where no
// source shows a code, the simulator's own is used.
var (
	usualVault = map[int]vaultsim.Refusal{
		http.StatusUnauthorized:        {Code: "Unauthorized"},
		http.StatusForbidden:           {Code: "Forbidden", Inner: "ForbiddenByRbac"},
		http.StatusConflict:            {Code: "Conflict"},
		http.StatusPreconditionFailed:  {Code: "PreconditionFailed"},
		http.StatusTooManyRequests:     {Code: "Throttled"},
		http.StatusInternalServerError: {Code: "InternalError"},
		http.StatusServiceUnavailable:  {Code: "ServiceUnavailable"},
	}
	usualARM = map[int]armsim.Refusal{
		http.StatusUnauthorized: {Code: "InvalidAuthenticationToken"},
		http.StatusForbidden:    {Code: "AuthorizationFailed"},
		http.StatusConflict:     {Code: "AnotherOperationInProgress"},
		http.StatusPreconditionFailed: {Code: "PreconditionFailed", Details: []armsim.Detail{
			{Code: "PreconditionFailedEtagMismatch", Message: "Etag provided in if-match header does not match etag of resource in NRP database."}}},
		http.StatusTooManyRequests: {Code: "RetryableError", Details: []armsim.Detail{
			{Code: "ReferencedResourceNotProvisioned", Message: "Cannot proceed with operation because another operation on the resource is being started."}}},
		http.StatusInternalServerError: {Code: "InternalServerError"},
		http.StatusServiceUnavailable:  {Code: "ServiceUnavailable"},
	}
)

// answer writes the error document of the service.
func (f Fault) answer(w http.ResponseWriter, service string) {
	if service == Vault {
		refusal := usualVault[f.Status]
		if f.Code != "" {
			refusal = vaultsim.Refusal{Code: f.Code}
		}
		refusal.Status, refusal.Message, refusal.RetryAfter = f.Status, message, f.RetryAfter
		refusal.Answer(w)
		return
	}
	refusal := usualARM[f.Status]
	if f.Code != "" {
		refusal = armsim.Refusal{Code: f.Code}
	}
	refusal.Status, refusal.Message, refusal.RetryAfter = f.Status, message, f.RetryAfter
	refusal.Answer(w)
}
