package azurefault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"certgate/localstack/azurefault"
	"certgate/localstack/fault"
)

func containsTag(document json.RawMessage, tag string) bool {
	return bytes.Contains(document, []byte(fmt.Sprintf("%q", tag)))
}

func TestARefusalLooksLikeOneOfTheService(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for _, c := range []struct {
		service string
		fault   fault.Fault
		code    string
		detail  string
	}{
		{azurefault.Vault, fault.Fault{Status: 429}, "Throttled", ""},
		{azurefault.Vault, fault.Fault{Status: 429, RetryAfter: 1500 * time.Millisecond}, "Throttled", ""},
		{azurefault.Vault, fault.Fault{Status: 503}, "ServiceUnavailable", ""},
		{azurefault.Vault, fault.Fault{Status: 403}, "Forbidden", "ForbiddenByRbac"},
		{azurefault.Vault, fault.Fault{Status: 409}, "Conflict", ""},
		{azurefault.Vault, fault.Fault{Status: 409, Code: "Forbidden"}, "Forbidden", ""},
		{azurefault.ARM, fault.Fault{Status: 429, RetryAfter: time.Minute}, "RetryableError", "ReferencedResourceNotProvisioned"},
		{azurefault.ARM, fault.Fault{Status: 429, Code: "TooManyRequests"}, "TooManyRequests", ""},
		{azurefault.ARM, fault.Fault{Status: 409}, "AnotherOperationInProgress", ""},
		{azurefault.ARM, fault.Fault{Status: 412}, "PreconditionFailed", "PreconditionFailedEtagMismatch"},
		{azurefault.ARM, fault.Fault{Status: 500}, "InternalServerError", ""},
	} {
		w.door.SetHook(func(service string, r *http.Request) fault.Fault {
			if service != c.service {
				t.Errorf("a request to %s is shown as one to %s", c.service, service)
			}
			if !signed(r) {
				return fault.Fault{}
			}
			return c.fault
		})
		done, err := w.call(c.service, "refused", once)
		refused := responseError(t, err)
		if refused.StatusCode != c.fault.Status || refused.ErrorCode != c.code || done {
			t.Errorf("%s %+v: %d %s, want %s; done: %v", c.service, c.fault, refused.StatusCode, refused.ErrorCode, c.code, done)
		}
		body, err := runtime.Payload(refused.RawResponse)
		var document struct {
			Error struct{ Code, Message string }
		}
		if err != nil || json.Unmarshal(body, &document) != nil || document.Error.Code != c.code || document.Error.Message == "" {
			t.Errorf("%s: the error document is %s, %v", c.service, body, err)
		}
		if !bytes.Contains(body, []byte(c.detail)) {
			t.Errorf("%s: %s is not in %s", c.service, c.detail, body)
		}
		want := map[time.Duration]string{0: "", 1500 * time.Millisecond: "2", time.Minute: "60"}[c.fault.RetryAfter]
		if got := refused.RawResponse.Header.Get("Retry-After"); got != want {
			t.Errorf("%s %+v: Retry-After %q, want %q", c.service, c.fault, got, want)
		}
	}
}

func TestADroppedAnswerIsOfARequestThatWasDoneADroppedRequestIsNot(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{true, false} {
		w := newWorld(t, http2)
		for _, service := range []string{azurefault.Vault, azurefault.ARM} {
			for kind, c := range map[string]struct {
				fault fault.Fault
				done  bool
			}{
				"answer":  {fault.Fault{DropAnswer: true}, true},
				"request": {fault.Fault{Drop: true}, false},
			} {
				var version atomic.Int32
				w.door.SetHook(func(_ string, r *http.Request) fault.Fault {
					version.Store(int32(r.ProtoMajor))
					if !signed(r) {
						return fault.Fault{}
					}
					return c.fault
				})
				done, err := w.call(service, "dropped-"+kind, once)
				if err == nil || done != c.done {
					t.Errorf("%s %s: done %v, want %v; error %v", service, kind, done, c.done, err)
				}
				if want := map[bool]int32{true: 2, false: 1}[http2]; version.Load() != want {
					t.Errorf("%s %s: asked with HTTP/%d, want %d", service, kind, version.Load(), want)
				}
			}
		}
	}
}

func TestTheSDKGetsOverFaultsThatPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for _, service := range []string{azurefault.Vault, azurefault.ARM} {
		faults := []fault.Fault{
			{Status: 503, RetryAfter: time.Second}, {Drop: true}, {Delay: time.Millisecond, Status: 500}, {DropAnswer: true}, {Delay: 20 * time.Millisecond},
		}
		var asked atomic.Int32
		w.door.SetHook(func(_ string, r *http.Request) fault.Fault {
			if n := int(asked.Add(1)); signed(r) && n <= len(faults) {
				return faults[n-1]
			}
			return fault.Fault{}
		})
		began := time.Now()
		done, err := w.call(service, "patient", policy.RetryOptions{MaxRetries: 5, RetryDelay: time.Millisecond})
		if err != nil || !done {
			t.Errorf("%s: done %v, error %v", service, done, err)
		}
		if took := time.Since(began); service == azurefault.ARM && took < time.Second {
			t.Errorf("done after %s: Retry-After has not arrived", took)
		}
		if n := asked.Load(); n != 5 {
			t.Errorf("%s: %d requests, want 5", service, n)
		}
	}
}

func TestADelayEndsWhenTheClientLeaves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	arrived := make(chan context.Context, 1)
	w.door.SetHook(func(_ string, r *http.Request) fault.Fault {
		arrived <- r.Context()
		return fault.Fault{Delay: time.Hour}
	})
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() { left <- w.tagGateway(ctx, "never", once) }()
	request := <-arrived
	leave()
	<-request.Done()
	if err := <-left; err == nil {
		t.Error("a request that the client gave up was answered")
	}
	if document, _ := w.arm.Document(w.gateway); containsTag(document, "never") {
		t.Error("it reached the service")
	}
}

func TestWithoutAHookNothingGoesWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	for _, when := range []string{"before", "after"} {
		for _, service := range []string{azurefault.Vault, azurefault.ARM} {
			if done, err := w.call(service, when, once); err != nil || !done {
				t.Errorf("%s the hook: %s: done %v, error %v", when, service, done, err)
			}
		}
		w.door.SetHook(func(string, *http.Request) fault.Fault { return fault.Fault{Drop: true} })
		if err := w.setSecret(t.Context(), "never", once); err == nil {
			t.Error("the hook was not asked")
		}
		w.door.SetHook(nil)
	}
}
