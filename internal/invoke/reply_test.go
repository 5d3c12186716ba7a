package invoke_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"certgate/internal/invoke"
)

// The host hangs on an empty body and fails the invocation on another content
// type, so both are part of the contract.
func TestTheReplyIsTheOneTheHostWaitsFor(t *testing.T) {
	t.Parallel()
	done, logged, failed := httptest.NewRecorder(), httptest.NewRecorder(), httptest.NewRecorder()
	invoke.Succeed(done)
	invoke.Succeed(logged, "step done")
	invoke.Fail(failed, "the store is away")
	for _, c := range []struct {
		w      *httptest.ResponseRecorder
		status int
		body   string
	}{
		{done, 200, `{"Outputs":{},"Logs":[],"ReturnValue":null}`},
		{logged, 200, `{"Outputs":{},"Logs":["step done"],"ReturnValue":null}`},
		{failed, 500, `{"Outputs":{},"Logs":["the store is away"],"ReturnValue":null}`},
	} {
		if c.w.Code != c.status || strings.TrimSpace(c.w.Body.String()) != c.body || c.w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("got %d %s %s; want %d %s", c.w.Code, c.w.Header(), c.w.Body, c.status, c.body)
		}
	}
}
