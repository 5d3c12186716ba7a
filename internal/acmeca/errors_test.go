package acmeca_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// class is what an error makes a step do.
func class(err error) (name string, after time.Duration, public string) {
	var failure *durable.Failure
	var later *durable.RetryLater
	var transient *durable.Transient
	switch {
	case errors.Is(err, issuance.ErrGone):
		return "gone", 0, ""
	case errors.As(err, &failure):
		return failure.Code, 0, failure.Message
	case errors.As(err, &later):
		return "later", later.After, later.Reason
	case errors.As(err, &transient):
		return "trouble", transient.After, transient.Public
	case err == nil:
		return "none", 0, ""
	}
	return "plain error", 0, err.Error()
}

const html = "<html><body>Service Unavailable</body></html>"

func problem(kind, detail string) string {
	return `{"type":"urn:ietf:params:acme:error:` + kind + `","detail":"` + detail + `"}`
}

func TestErrorRepliesToANewOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer answer
		class  string
		after  time.Duration
		words  string
	}{
		{"rate limit in seconds", answer{status: 429, retryAfter: "90", body: problem("rateLimited", "too many orders")}, "later", 90 * time.Second, "continuing at 2026-03-04T05:07:37Z. It says: too many orders"},
		{"rate limit with a date", answer{status: 429, retryAfter: "Wed, 04 Mar 2026 07:06:07 GMT", body: problem("rateLimited", "too many orders")}, "later", 2 * time.Hour, "2026-03-04T07:06:07Z"},
		{"rate limit with a date in UTC", answer{status: 429, retryAfter: "Wed, 04 Mar 2026 07:06:07 UTC", body: problem("rateLimited", "x")}, "later", 2 * time.Hour, ""},
		{"rate limit that is over", answer{status: 429, retryAfter: "Wed, 04 Mar 2026 01:00:00 GMT", body: problem("rateLimited", "x")}, "later", time.Second, ""},
		{"rate limit with a number beyond reason", answer{status: 429, retryAfter: "9223372036854775807", body: problem("rateLimited", "x")}, "later", 7 * 24 * time.Hour, ""},
		{"rate limit with a time nobody can read", answer{status: 429, retryAfter: "soon", body: problem("rateLimited", "x")}, "later", time.Minute, ""},
		{"rate limit of a load balancer", answer{status: 429, retryAfter: "5", body: html}, "later", 5 * time.Second, "continuing at"},
		{"rate limit as 503", answer{status: 503, retryAfter: "30", body: problem("rateLimited", "busy")}, "later", 30 * time.Second, "busy"},
		{"rate limit as 503 without a time", answer{status: 503, body: problem("rateLimited", "busy")}, "later", time.Minute, "ever more seldom. It says: busy"},
		{"rate limit without a time", answer{status: 429, body: problem("rateLimited", "too many new orders recently")}, "later", time.Minute, "too many new orders recently"},
		{"rate limit whose time is in its words alone", answer{status: 429, body: problem("rateLimited", "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-03-04 05:16:07 UTC: see https://letsencrypt.org/docs/rate-limits/")},
			"later", 10 * time.Minute, "continuing at 2026-03-04T05:16:07Z"},
		{"bare 429 of a load balancer", answer{status: 429, body: bare429}, "later", time.Minute, "names no time"},
		{"429 without a body", answer{status: 429}, "later", time.Minute, "names no time"},
		{"suspended account", answer{status: 429, body: problem("rateLimited", "Please contact sales, the account is suspended")}, issuance.CodeRateLimited, 0, "contact sales"},
		{"paused identifier", answer{status: 429, body: problem("rateLimited", "Your account is paused. See https://unpause.test/?jwt=a.b")}, issuance.CodeRateLimited, 0, "https://unpause.test/?jwt=a.b"},
		{"503 with HTML", answer{status: 503, retryAfter: "17", body: html}, "trouble", 17 * time.Second, "status 503"},
		{"500 with a problem", answer{status: 500, body: problem("serverInternal", "oops")}, "trouble", 0, "status 500"},
		{"502 without a body", answer{status: 502}, "trouble", 0, "status 502"},
		{"null on 500", answer{status: 500, body: "null"}, "trouble", 0, "status 500"},
		{"null on 403", answer{status: 403, body: "null"}, "trouble", 0, "status 403"},
		{"403 of a proxy", answer{status: 403, body: html}, "trouble", 0, "status 403"},
		{"403 with another status in the body", answer{status: 403, body: `{"type":"urn:ietf:params:acme:error:unauthorized","detail":"no","status":500}`}, issuance.CodeOrderRefused, 0, "no."},
		{"redirect", answer{status: 302, location: "%s/elsewhere"}, "trouble", 0, "cannot be read"},
		{"200 with HTML", answer{status: 200, body: html}, "trouble", 0, "cannot be read"},
		{"200 with null", answer{status: 200, body: "null"}, "trouble", 0, "cannot be read"},
		{"201 without a location", answer{status: 201, body: `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}]}`}, "trouble", 0, "cannot be read"},
		{"reply without an end", answer{status: 201, body: strings.Repeat(" ", 2<<20)}, "trouble", 0, "could not be reached"},
		{"CAA", answer{status: 403, body: problem("caa", "CAA record for a.test prevents issuance")}, issuance.CodeCaaForbids, 0, "CAA record for a.test prevents issuance. Add a CAA record"},
		{"rejected names", answer{status: 400, body: `{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"Cannot issue","subproblems":[
			{"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"on the blocklist","identifier":{"type":"dns","value":"a.test"}},
			{"type":"urn:ietf:params:acme:error:rejectedIdentifier","identifier":{"type":"dns","value":"b.test"}}]}`},
			issuance.CodeOrderRefused, 0, "Cannot issue (a.test: on the blocklist; b.test: rejectedIdentifier)."},
		{"compound of one kind", answer{status: 403, body: `{"type":"urn:ietf:params:acme:error:compound","detail":"Errors","subproblems":[
			{"type":"urn:ietf:params:acme:error:caa","detail":"forbidden","identifier":{"type":"dns","value":"a.test"}}]}`}, issuance.CodeCaaForbids, 0, "a.test: forbidden"},
		{"new terms", answer{status: 403, body: `{"type":"urn:ietf:params:acme:error:userActionRequired","detail":"Terms changed","instance":"https://ca.test/terms"}`},
			issuance.CodeAccountRefused, 0, "<https://ca.test/terms>"},
		{"unknown type", answer{status: 400, body: problem("moonPhase", "not tonight")}, issuance.CodeOrderRefused, 0, "not tonight"},
		{"no detail", answer{status: 400, body: `{"type":"urn:ietf:params:acme:error:unsupportedIdentifier"}`}, issuance.CodeOrderRefused, 0, "unsupportedIdentifier."},
		{"words on many lines", answer{status: 400, body: problem("malformed", `a\nb\u0000\u001bc`)}, issuance.CodeOrderRefused, 0, "a b c."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{"/order": {c.answer}})
			_, err := odd.client().NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
			name, after, public := class(err)
			if name != c.class || after != c.after || !strings.Contains(public, c.words) {
				t.Errorf("%s after %s: %s\nwant %s after %s: %s", name, after, public, c.class, c.after, c.words)
			}
			if len(public) > 2000 || strings.Contains(public, "\n") || strings.Contains(public, odd.URL) {
				t.Errorf("not fit to be shown: %q", public)
			}
		})
	}
}

const bare429 = "<html><head><title>429 Too Many Requests</title></head><body><center><h1>429 Too Many Requests</h1></center></body></html>"

// One 429 that somebody in front of the authority sends ends nothing, whatever it
// is the answer to.
func TestABare429EndsNothing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/directory", "/nonce", "/account", "/order", "/thing"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			bad := answer{status: 429, body: bare429, noNonce: true}
			good := map[string]answer{
				"/directory": {status: 200, body: plainDirectory},
				"/nonce":     {status: 200},
				"/account":   {status: 201, location: "%s/account/1", body: `{"status":"valid"}`},
				"/order":     {status: 201, location: "%s/thing", body: `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}],"authorizations":[]}`},
				"/thing":     {status: 200, body: `{"status":"pending","identifiers":[{"type":"dns","value":"a.test"}],"authorizations":[]}`},
			}
			if path == "/nonce" { // which nobody asks for while other replies bring nonces
				for _, other := range []string{"/directory", "/account"} {
					a := good[other]
					a.noNonce = true
					good[other] = a
				}
			}
			answers := map[string][]answer{}
			for p, a := range good {
				answers[p] = []answer{a}
			}
			answers[path] = []answer{bad, good[path]}
			odd := startOddCA(t, answers)
			ca := odd.client()
			ask := func() error {
				_, err := ca.NewOrder(t.Context(), issuance.OrderRequest{Hostnames: []string{"a.test"}})
				if err == nil && path == "/thing" {
					_, err = ca.Order(t.Context(), odd.URL+"/thing")
				}
				return err
			}
			name, after, public := class(ask())
			if name != "later" || after != time.Minute || !strings.Contains(public, "limits requests") {
				t.Errorf("%s after %s: %s", name, after, public)
			}
			if err := ask(); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

func TestErrorRepliesToReads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		answer answer
		class  string
	}{
		{"404 without a body", answer{status: 404}, "gone"},
		{"404 with a problem", answer{status: 404, body: problem("malformed", "no such thing")}, "gone"},
		{"410", answer{status: 410}, "gone"},
		{"400 malformed", answer{status: 400, body: problem("malformed", "expired")}, "gone"},
		{"403 unauthorized", answer{status: 403, body: problem("unauthorized", "account is deactivated")}, issuance.CodeAccountRefused},
		{"500", answer{status: 500}, "trouble"},
		{"empty object", answer{status: 200, body: "{}"}, "trouble"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			odd := startOddCA(t, map[string][]answer{"/thing": {c.answer}})
			ca := odd.client()
			_, order := ca.Order(t.Context(), odd.URL+"/thing")
			_, authz := ca.Authorization(t.Context(), odd.URL+"/thing")
			for what, err := range map[string]error{"order": order, "authorization": authz} {
				if name, _, _ := class(err); name != c.class {
					t.Errorf("%s: %v is %s, want %s", what, err, name, c.class)
				}
			}
		})
	}
}

func TestAnAuthorityWithoutAPulseIsTrouble(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, nil)
	ca := odd.client()
	if _, err := ca.Identity(t.Context()); err != nil {
		t.Fatal(err)
	}
	odd.Close()
	_, err := ca.Order(t.Context(), odd.URL+"/thing")
	if name, _, public := class(err); name != "trouble" || public != "The certificate authority could not be reached." {
		t.Errorf("%s: %s (%v)", name, public, err)
	}
}

func TestAnUntrustedServerIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	odd := startOddCA(t, nil)
	_, err := machineOn(odd.URL).Identity(t.Context())
	if name, _, public := class(err); name != "trouble" || !strings.Contains(public, "not trusted") {
		t.Errorf("%s: %s (%v)", name, public, err)
	}
}
