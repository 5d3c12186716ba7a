package azurefault

import (
	"net/http"

	"certgate/localstack/armsim"
	"certgate/localstack/fault"
	"certgate/localstack/vaultsim"
)

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

// refuse writes the error document of the service.
func refuse(w http.ResponseWriter, service string, f fault.Fault) {
	if service == Vault {
		refusal := usualVault[f.Status]
		if f.Code != "" {
			refusal = vaultsim.Refusal{Code: f.Code}
		}
		refusal.Status, refusal.Message, refusal.RetryAfter = f.Status, f.Message(), f.RetryAfter
		refusal.Answer(w)
		return
	}
	refusal := usualARM[f.Status]
	if f.Code != "" {
		refusal = armsim.Refusal{Code: f.Code}
	}
	refusal.Status, refusal.Message, refusal.RetryAfter = f.Status, f.Message(), f.RetryAfter
	refusal.Answer(w)
}
