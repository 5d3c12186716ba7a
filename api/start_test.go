package api_test

import (
	"context"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/durable"
)

func TestBadRequestsAreRefusedWithTheFixBeforeAnythingIsStored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	host := func(name string) string { return `{"hostnames":[{"hostname":"` + name + `"}]}` }
	for _, c := range []struct {
		name, body string
		status     int
		code       string
		says       string
	}{
		{"empty body", ``, 400, api.CodeBodyEmpty, "no body"},
		{"blanks only", "  \n", 400, api.CodeBodyEmpty, "no body"},
		{"not JSON", `hostname=example.com`, 400, api.CodeBodyNotJSON, "not JSON"},
		{"cut off", `{"hostnames":[{"hostname":"exa`, 400, api.CodeBodyNotJSON, "complete"},
		{"something behind", `{"hostnames":[{"hostname":"example.com"}]} {}`, 400, api.CodeBodyNotJSON, "behind"},
		{"an array", `["example.com"]`, 400, api.CodeBodyWrongType, "array"},
		{"hostname as a number", `{"hostnames":[{"hostname":7}]}`, 400, api.CodeBodyWrongType, "hostname"},
		{"hostnames as text", `{"hostnames":"example.com"}`, 400, api.CodeBodyWrongType, "hostnames"},
		{"unknown field", `{"hostnames":[{"hostname":"example.com"}],"force":true}`, 400, api.CodeBodyUnknownField, "force"},
		{"unknown inner field", `{"hostnames":[{"hostname":"example.com","port":443}]}`, 400, api.CodeBodyUnknownField, "port"},
		{"null", `null`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"no hostnames", `{}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"empty list", `{"hostnames":[]}`, 400, api.CodeHostnamesMissing, "no hostname"},
		{"two hostnames", `{"hostnames":[{"hostname":"a.example.com"},{"hostname":"b.example.com"}]}`, 400, api.CodeHostnamesTooMany, "exactly one"},
		{"nothing in it", host(""), 400, api.CodeHostnameNotValid, ""},
		{"localhost", host("localhost"), 400, api.CodeHostnameNotValid, "localhost"},
		{"IPv4", host("192.0.2.1"), 400, api.CodeHostnameNotValid, "192.0.2.1"},
		{"IPv6", host("2001:db8::1"), 400, api.CodeHostnameNotValid, "2001:db8::1"},
		{"a port", host("example.com:443"), 400, api.CodeHostnameNotValid, "port"},
		{"a URL", host("https://example.com/"), 400, api.CodeHostnameNotValid, "https"},
		{"wildcard over a suffix", host("*.com"), 400, api.CodeHostnameNotValid, ""},
		{"wildcard", host("*.example.com"), 400, api.CodeHostnameNotValid, "DNS-01"},
		{"a public suffix", host("co.uk"), 400, api.CodeHostnameNotValid, "co.uk"},
		{"300 characters", host(strings.Repeat("abcdefghi.", 29) + "example.com"), 400, api.CodeHostnameNotValid, "253"},
		{"a long label", host(strings.Repeat("a", 64) + ".example.com"), 400, api.CodeHostnameNotValid, "63"},
		{"blanks inside", host("exa mple.com"), 400, api.CodeHostnameNotValid, ""},
		{"a control character", `{"hostnames":[{"hostname":"a\u0000.example.com"}]}`, 400, api.CodeHostnameNotValid, ""},
		{"huge", `{"hostnames":[{"hostname":"` + strings.Repeat("a", 1<<20) + `"}]}`, 413, api.CodeBodyTooLarge, "larger"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := w.call("POST", start, c.body)
			if r.status != c.status || r.body["code"] != c.code {
				t.Fatalf("%d %v, want %d %s: %s", r.status, r.body["code"], c.status, c.code, r.raw)
			}
			if got := r.header.Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("Content-Type %q", got)
			}
			if r.body["fix"] == nil || !strings.Contains(r.raw, c.says) {
				t.Errorf("the reply must name %q and a fix: %s", c.says, r.raw)
			}
		})
	}
	w.wantNothingStored()
}

func TestAHostnameIsTakenInTheFormThatTheAuthorityKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for given, want := range map[string]string{
		"Shop.Example.COM.":        "shop.example.com",
		"bücher.example.com":       "xn--bcher-kva.example.com",
		"xn--bcher-kva.example.de": "xn--bcher-kva.example.de",
	} {
		r := w.call("GET", "/api/instances/"+w.started(given), "")
		if r.body["input"] != want {
			t.Errorf("%s became %v, want %s", given, r.body["input"], want)
		}
	}
}

func TestASecondRequestForAHostnameInFlightGetsTheFirstOnesID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.started("shop.example.com")
	if second := w.started("SHOP.example.com."); second != first {
		t.Errorf("second request got %s, want %s", second, first)
	}
	if list, _, err := w.store.List(context.Background(), durable.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d instances for one certificate (%v)", len(list), err)
	}
}

func TestTheReplyLeadsToTheStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.call("POST", start, `{"hostnames":[{"hostname":"shop.example.com"}]}`)
	if r.status != 202 || r.header.Get("Retry-After") == "" || r.header.Get("Location") != r.body["statusQueryGetUri"] {
		t.Errorf("%d Location %q Retry-After %q: %s", r.status, r.header.Get("Location"), r.header.Get("Retry-After"), r.raw)
	}
	for _, member := range []string{"id", "statusQueryGetUri", "sendEventPostUri", "terminatePostUri", "purgeHistoryDeleteUri"} {
		if s, _ := r.body[member].(string); s == "" {
			t.Errorf("the reply lacks %s", member)
		}
	}
	status := strings.TrimPrefix(r.body["statusQueryGetUri"].(string), w.server.URL)
	got := w.call("GET", status+"?showHistory=true", "")
	if got.status != 202 || got.header.Get("Location") == "" {
		t.Errorf("status of a pending instance: %d, Location %q", got.status, got.header.Get("Location"))
	}
	custom, _ := got.body["customStatus"].(map[string]any)
	if got.body["name"] != "AddCertificateFunctions" || got.body["runtimeStatus"] != "Pending" ||
		custom["status"] != "GetApplicationGatewayPublicIpStep" || custom["message"] != "Getting Application Gateway public IP address." {
		t.Errorf("status body: %s", got.raw)
	}
	for _, member := range []string{"instanceId", "input", "output", "createdTime", "lastUpdatedTime", "historyEvents"} {
		if _, ok := got.body[member]; !ok {
			t.Errorf("the status lacks %s", member)
		}
	}
}
