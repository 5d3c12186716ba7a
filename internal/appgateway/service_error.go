package appgateway

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/tidwall/gjson"

	"certgate/internal/azureerror"
	"certgate/internal/retryafter"
)

// serviceError is an HTTP answer of ARM outside 2xx, for the log: one line, in
// place of the SDK's dump of the whole exchange.
type serviceError struct {
	Status     int
	Refusal    *Refusal
	RetryAfter time.Duration
}

func (e *serviceError) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", e.Status, e.Refusal.Code, e.Refusal.Sentence())
}

func serviceErrorOf(resp *http.Response) *serviceError {
	raw, _ := runtime.Payload(resp) // a body that cannot be read leaves the status, which is enough
	e := &serviceError{Status: resp.StatusCode, Refusal: refusalOf(raw), RetryAfter: retryafter.In(resp.Header, time.Now())}
	if e.Refusal.Code == "" {
		e.Refusal.Code = strings.ReplaceAll(http.StatusText(resp.StatusCode), " ", "")
	}
	return e
}

// refusalOf reads ARM's error object: {"error":{"code","message","details":[...]}}.
func refusalOf(raw []byte) *Refusal {
	object := gjson.GetBytes(raw, "error")
	if !object.IsObject() {
		object = gjson.ParseBytes(raw)
	}
	r := &Refusal{Code: object.Get("code").String(), Message: azureerror.Sentence(object.Get("message").String())}
	object.Get("details").ForEach(func(_, d gjson.Result) bool {
		if d.IsObject() {
			r.Details = append(r.Details, Detail{Code: d.Get("code").String(), Message: azureerror.Sentence(d.Get("message").String())})
		}
		return true
	})
	return r
}
