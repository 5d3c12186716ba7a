package armclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/azureerror"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/retryafter"
)

// refusal is an answer that is no success.
type refusal struct {
	status        int
	code, message string
	after         time.Duration
}

func (r *refusal) Error() string { return fmt.Sprintf("HTTP %d %s: %s", r.status, r.code, r.message) }

// ofParent reports whether what is missing is what the resource belongs to.
func (r *refusal) ofParent() bool {
	return r.code == "ParentResourceNotFound" || r.code == "ResourceGroupNotFound" || r.code == "SubscriptionNotFound"
}

func refusalOf(resp *http.Response) *refusal {
	raw, _ := runtime.Payload(resp) // a body that cannot be read leaves the status
	object := gjson.GetBytes(raw, "error")
	if !object.IsObject() {
		object = gjson.ParseBytes(raw)
	}
	text := func(name string) string { // App Service writes members with a capital letter
		if v := object.Get(name).String(); v != "" {
			return v
		}
		return object.Get(strings.ToUpper(name[:1]) + name[1:]).String()
	}
	return &refusal{status: resp.StatusCode, code: text("code"), message: azureerror.Sentence(text("message")), after: retryafter.In(resp.Header, time.Now())}
}

// explain makes an error of an answer, or of none, for a step to return.
func explain(verb, id string, err error) error {
	var r *refusal
	if !errors.As(err, &r) {
		return azureerror.Unanswered("Azure Resource Manager", verb+" "+id, azureerror.WithoutQuery(err))
	}
	log := fmt.Errorf("%s %s: %w", verb, id, r)
	switch {
	case r.code == "ScopeLocked":
		return &durable.Failure{Code: delivery.CodeTargetAccessDenied, Err: log, Message: fmt.Sprintf("A resource lock forbids to %s %s. Remove the read-only lock.", verb, id)}
	case r.status == http.StatusUnauthorized, r.status == http.StatusForbidden:
		return &durable.Failure{Code: delivery.CodeTargetAccessDenied, Err: log, Message: fmt.Sprintf(
			"The app's identity may not %s %s: %s Give it the role that docs/delivery.md names for this kind of target; a new assignment takes some minutes.", verb, id, sentence(r.message, "it lacks the permission."))}
	case r.status == http.StatusNotFound:
		return &durable.Failure{Code: delivery.CodeTargetResourceNotFound, Err: log, Message: fmt.Sprintf("What the target names does not exist: %s Check InstallTargets (%s).", sentence(r.message, "it was not found."), id)}
	case r.status == http.StatusConflict, r.status == http.StatusPreconditionFailed, r.status == http.StatusTooManyRequests:
		return &durable.RetryLater{After: max(r.after, 15*time.Second), Err: log, Reason: "The service of the target is busy, or asks for a pause."}
	case r.status == http.StatusRequestTimeout, r.status >= 500:
		return &durable.Transient{After: r.after, Err: log, Public: fmt.Sprintf("Azure Resource Manager has a problem of its own (HTTP %d, %s %s).", r.status, verb, id)}
	}
	return &durable.Failure{Code: delivery.CodeTargetRefused, Err: log, Message: fmt.Sprintf("The service refuses the certificate: %s (%s)", sentence(r.message, r.code+"."), id)}
}

// sentence ends what a service says with a full stop.
func sentence(says, otherwise string) string {
	if says == "" {
		return otherwise
	}
	return strings.TrimRight(says, ". ") + "."
}
