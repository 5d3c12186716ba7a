package api_test

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/issuance"
	"certgate/internal/preflight"
)

// echo reports the hostname that it was asked for. The checks have tests of
// their own, with everything that they look at.
type echo struct{}

func (echo) Run(_ context.Context, w issuance.Wanted) preflight.Report {
	return preflight.Report{Checks: []preflight.Finding{{Check: "asked", Title: "Asked", Group: "Hostname", State: preflight.Fine, Finding: strings.Join([]string{w.Hostname, w.Validation, w.DNSAccount}, " ")}}}
}

func (echo) Hostnames(_ context.Context, wanted []issuance.Wanted) preflight.HostnamesReport {
	var report preflight.HostnamesReport
	for _, w := range wanted {
		report.Hostnames = append(report.Hostnames, preflight.HostnameReport{Hostname: w.Hostname, Proof: &preflight.Proof{Method: cmp.Or(w.Validation, "http-01"), Account: w.DNSAccount}, Looked: true, Checks: []preflight.Finding{}})
	}
	return report
}

func TestPreflightTakesOneHostnameOrNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for query, code := range map[string]string{
		"?hostname=":                                     api.CodeHostnameNotValid,
		"?hostname=localhost":                            api.CodeHostnameNotValid,
		"?hostname=192.0.2.1":                            api.CodeHostnameNotValid,
		"?hostname=https://a.example.com/":               api.CodeHostnameNotValid,
		"?hostname=a.example.com&hostname=b":             api.CodeQueryNotValid,
		"?host=a.example.com":                            api.CodeQueryNotValid,
		"?hostname=a.example.com&everything=1":           api.CodeQueryNotValid,
		"?validation=dns-01":                             api.CodeQueryNotValid,
		"?hostname=a.example.com&validation=tls-alpn-01": api.CodeValidationNotValid,
		"?hostname=*.example.com&validation=http-01":     api.CodeValidationNotValid,
	} {
		if r := w.call(http.MethodGet, "/api/preflight"+query, ""); r.status != http.StatusBadRequest || r.body["code"] != code || r.body["fix"] == "" {
			t.Errorf("%s: %d %s, want 400 %s", query, r.status, r.raw, code)
		}
	}
	if r := w.callWith(http.MethodGet, "/api/preflight", ""); r.status != http.StatusUnauthorized {
		t.Errorf("without a sign-in: %d", r.status)
	}
	for query, hostname := range map[string]string{
		"": "  ", "?hostname=SHOP.Example.com.": "shop.example.com  ", "?hostname=*.Example.com": "*.example.com  ", "?hostname=b%C3%BCcher.example": "xn--bcher-kva.example  ",
		"?hostname=a.example.com&validation=DNS-01&dnsAccount=azure": "a.example.com dns-01 azure",
	} {
		r := w.call(http.MethodGet, "/api/preflight"+query, "")
		if checks, _ := r.body["checks"].([]any); r.status != http.StatusOK || len(checks) != 1 || checks[0].(map[string]any)["finding"] != hostname {
			t.Errorf("%q: %d %s, want the report for %q", query, r.status, r.raw, hostname)
		}
	}
}
