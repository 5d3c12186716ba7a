package storagedoor

import (
	"fmt"
	"net/http"

	"certgate/localstack/fault"
)

// Hooks let a test step in. They run on the request's own goroutine, several at
// a time, and hold up that request only. Kind tells what the request does.
type Hooks struct {
	// Before runs before the emulator is asked.
	Before fault.Hook
	// OnAnswer runs when the emulator has acted and answered, before the client
	// gets the answer. The request's body has been read. The status of a batch,
	// which is 202 even if the batch failed, is that of its first failed operation.
	OnAnswer func(service string, r *http.Request, status int)
}

// usualCodes are the error codes that services answer most with a status.
var usualCodes = map[int]string{
	http.StatusNotFound:            "ResourceNotFound",
	http.StatusPreconditionFailed:  "ConditionNotMet",
	http.StatusTooManyRequests:     "TooManyRequests",
	http.StatusInternalServerError: "InternalError",
	http.StatusServiceUnavailable:  "ServerBusy",
}

// refuse writes the error document: XML for blobs and queues, JSON for tables.
func refuse(w http.ResponseWriter, service string, f fault.Fault) {
	code := f.Code
	if code == "" {
		code = usualCodes[f.Status]
		if service == Table && f.Status == http.StatusPreconditionFailed {
			code = "UpdateConditionNotSatisfied"
		}
	}
	f.SetRetryAfter(w.Header())
	w.Header().Set("x-ms-error-code", code)
	if service == Table {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, `{"odata.error":{"code":%q,"message":{"lang":"en-US","value":%q}}}`, code, f.Message())
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(f.Status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, f.Message())
}
