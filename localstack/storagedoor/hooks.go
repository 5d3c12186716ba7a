package storagedoor

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Hooks let a test step in. They run on the request's own goroutine, several at
// a time, and hold up that request only. Kind tells what the request does.
type Hooks struct {
	// Before runs before the emulator is asked. The zero Fault lets the request
	// pass.
	Before func(service string, r *http.Request) Fault
	// OnAnswer runs when the emulator has acted and answered, before the client
	// gets the answer. The request's body has been read. The status of a batch,
	// which is 202 even if the batch failed, is that of its first failed operation.
	OnAnswer func(service string, r *http.Request, status int)
}

// Fault is what goes wrong with one request.
type Fault struct {
	// Delay comes first; it ends early if the client goes away.
	Delay time.Duration
	// Drop breaks the connection; the emulator is not asked.
	Drop bool
	// DropAnswer breaks the connection after the emulator has acted.
	DropAnswer bool
	// Status, if not 0, is answered in the emulator's place, with the service's
	// error document.
	Status int
	// Code is the error code that goes with Status; "" is the service's usual one.
	Code string
	// RetryAfter is sent with Status in whole seconds; 0 sends no header.
	RetryAfter time.Duration
}

// usualCodes are the error codes that services answer most with a status.
var usualCodes = map[int]string{
	http.StatusNotFound:            "ResourceNotFound",
	http.StatusPreconditionFailed:  "ConditionNotMet",
	http.StatusTooManyRequests:     "TooManyRequests",
	http.StatusInternalServerError: "InternalError",
	http.StatusServiceUnavailable:  "ServerBusy",
}

// answer writes the error document: XML for blobs and queues, JSON for tables.
func (f Fault) answer(w http.ResponseWriter, service string) {
	code := f.Code
	if code == "" {
		code = usualCodes[f.Status]
		if service == Table && f.Status == http.StatusPreconditionFailed {
			code = "UpdateConditionNotSatisfied"
		}
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter/time.Second)))
	}
	w.Header().Set("x-ms-error-code", code)
	const message = "The storage door was told to answer so."
	if service == Table {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, `{"odata.error":{"code":%q,"message":{"lang":"en-US","value":%q}}}`, code, message)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(f.Status)
	fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
