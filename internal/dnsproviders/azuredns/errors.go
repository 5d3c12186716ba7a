package azuredns

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"certgate/internal/azureerror"
	"certgate/internal/dnsproviders"
	"certgate/internal/durable"
	"certgate/internal/retryafter"
)

// rights is what the identity needs.
const rights = "the role DNS Zone Contributor on the zone; a new assignment takes some minutes"

// codeNoSet is the code of a record set that is not there. A zone or a group that
// is not there has another one.
const codeNoSet = "NotFound"

// refusal is an answer outside 2xx.
type refusal struct {
	Status        int
	Code, Message string
	RetryAfter    time.Duration
}

func (r *refusal) Error() string { return fmt.Sprintf("HTTP %d %s: %s", r.Status, r.Code, r.Message) }

// refusalOf reads an error: Azure DNS's own are flat, Resource Manager's are within
// "error".
func refusalOf(resp *http.Response, raw []byte) *refusal {
	object := gjson.ParseBytes(raw)
	if nested := object.Get("error"); nested.IsObject() {
		object = nested
	}
	return &refusal{Status: resp.StatusCode, Code: object.Get("code").String(), RetryAfter: retryafter.In(resp.Header, time.Now()),
		Message: strings.Join(strings.Fields(object.Get("message").String()), " ")}
}

// isMissing reports that a record set is not there.
func isMissing(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.Status == http.StatusNotFound && r.Code == codeNoSet
}

// isOutdated reports that a set was changed, made or deleted since it was read.
func isOutdated(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.Status == http.StatusPreconditionFailed
}

// explain turns what went wrong into what the callers act on. name is what was to
// be changed, zone is where.
func explain(verb, zone, name string, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return azureerror.Unanswered("Azure Resource Manager", verb, err)
	}
	log := fmt.Errorf("%s: %w", verb, err)
	switch {
	case r.Code == "ScopeLocked":
		return dnsproviders.Refused(service, name, "a resource lock forbids it. Remove the lock from the zone or from its resource group; the lock CanNotDelete stops certgate from removing its records, too.", log)
	case r.Status == http.StatusUnauthorized, r.Status == http.StatusForbidden:
		return dnsproviders.AccessDenied(service, zone, rights, log)
	case r.Status == http.StatusNotFound:
		return dnsproviders.ZoneNotFound(service, zone, log)
	case r.Status == http.StatusTooManyRequests:
		const least = 5 * time.Second
		return &durable.RetryLater{After: max(r.RetryAfter, least), Reason: "Azure DNS asks for a pause.", Err: log}
	case r.Status == http.StatusRequestTimeout, r.Status >= http.StatusInternalServerError:
		return &durable.Transient{After: r.RetryAfter, Err: log, Public: fmt.Sprintf("Azure DNS has a problem of its own (HTTP %d).", r.Status)}
	}
	return dnsproviders.Refused(service, name, r.Message, log)
}
