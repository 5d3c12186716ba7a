package dnsproviders

import (
	"fmt"
	"net/http"
	"time"

	"certgate/internal/durable"
	"certgate/internal/retryafter"
)

// Answer is what a provider's HTTP API said in place of yes.
type Answer struct {
	Service  string // as it begins a sentence
	Needs    string // what the credentials must be allowed, as AccessDenied has it
	Zone     string // "" where the call was not for one
	Name     string // whose records were to be changed
	Status   int
	Header   http.Header
	Sentence string // the service's own, "" if it had none
	Err      error  // for the log
}

// leastPause is how long to stay away from a service that asks for it without a time.
const leastPause = 5 * time.Second

// Explain turns the answer into the error that callers of an Account act on. The
// statuses mean what RFC 9110 says; an adapter whose provider means something else
// looks first.
func (a Answer) Explain() error {
	after := retryafter.In(a.Header, time.Now())
	switch status := a.Status; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return AccessDenied(a.Service, a.Zone, a.Needs, a.Err)
	case status == http.StatusNotFound && a.Zone != "":
		return ZoneNotFound(a.Service, a.Zone, a.Err)
	case status == http.StatusTooManyRequests:
		return &durable.RetryLater{After: max(after, leastPause), Reason: a.Service + " asks for a pause.", Err: a.Err}
	case status == http.StatusConflict, status == http.StatusPreconditionFailed, status == http.StatusLocked:
		return Conflict(a.Name, a.Err)
	case status == http.StatusRequestTimeout, status >= http.StatusInternalServerError:
		return &durable.Transient{After: after, Err: a.Err, Public: fmt.Sprintf("%s has a problem of its own (HTTP %d).", a.Service, status)}
	}
	if a.Sentence == "" {
		a.Sentence = fmt.Sprintf("HTTP %d.", a.Status)
	}
	return Refused(a.Service, a.Name, a.Sentence, a.Err)
}
