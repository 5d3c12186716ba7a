package apitest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"certgate/api/apitest"
)

// listening is a test that may fail.
type listening struct {
	testing.TB
	heard []string
}

func (l *listening) Helper() {}
func (l *listening) Errorf(format string, args ...any) {
	l.heard = append(l.heard, fmt.Sprintf(format, args...))
}

// A check that lets everything pass would look like a description that says
// everything.
func TestWhatIsNotDescribedIsHeard(t *testing.T) {
	t.Parallel()
	const me = `{"name":"ann","role":"admin"}`
	for _, c := range []struct {
		name, call, headers, body string
		status                    int
		says                      string // "" if all is as described
	}{
		{"as described", "GET /api/me", "Cache-Control: no-store, Content-Type: application/json", me, 200, ""},
		{"in another case, without a body", "HEAD /API/me", "Cache-Control: no-store, Content-Type: application/json", "", 200, ""},
		{"a status", "GET /api/me", "", "", 418, "the status 418"},
		{"a header", "GET /api/me", "Cache-Control: no-store, X-New: 1, Content-Type: application/json", me, 200, "X-New is not described"},
		{"a header that is missing", "GET /api/me", "Content-Type: application/json", me, 200, "Cache-Control is missing"},
		{"a media type", "GET /api/me", "Cache-Control: no-store, Content-Type: text/html", me, 200, "text/html is not described"},
		{"a member", "GET /api/me", "Cache-Control: no-store, Content-Type: application/json", `{"name":"ann","role":"admin","age":7}`, 200, "/age"},
		{"a member that is missing", "GET /api/me", "Cache-Control: no-store, Content-Type: application/json", `{"name":"ann"}`, 200, "role"},
		{"a value", "GET /api/me", "Cache-Control: no-store, Content-Type: application/json", `{"name":"ann","role":"owner"}`, 200, "/role"},
		{"a member within allOf", "GET /api/certificates/x", "Cache-Control: no-store, Content-Type: application/json", `{"version":"","thumbprint":"","chain":[{"subject":"","issuer":"","notAfter":"2026-01-01T00:00:00Z","extra":1}],"instances":[],"name":"","hostnames":[],"issuer":"","renewal":null,"keyType":"","installed":null,"served":"none","state":"ok"}`, 200, "/chain/0/extra"},
		{"a body where there is none", "POST /api/instances/x/terminate", "", "x", 202, "has a body"},
		{"a method", "PUT /api/me", "Cache-Control: no-store, Content-Type: application/problem+json", me, 404, "the status 404"},
		{"an address", "GET /api/nothing", "Cache-Control: no-store, Content-Type: application/json", me, 200, "the status 200"},
	} {
		method, address, _ := strings.Cut(c.call, " ")
		header := http.Header{}
		for _, line := range strings.Split(c.headers, ", ") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				header.Set(name, value)
			}
		}
		l := &listening{TB: t}
		apitest.Check(l, method, address, c.status, header, []byte(c.body))
		if heard := strings.Join(l.heard, "\n"); (heard == "") != (c.says == "") || !strings.Contains(heard, c.says) {
			t.Errorf("%s: %q is heard, want %q", c.name, heard, c.says)
		}
	}
}
