package acmeca

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/retryafter"
)

// at is what the clock says; any will do.
var at = time.Date(2026, time.March, 4, 5, 6, 7, 0, time.UTC)

// FuzzProblem gives the authority's part of an answer any form. A step always
// learns one of the things that it can act on, waits within bounds, and what
// people read is a line of printable text with a code that is documented.
func FuzzProblem(f *testing.F) {
	f.Add(uint16(429), "90", []byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates (5) already issued for \"example.com\""}`), uint8(0))
	f.Add(uint16(429), "", []byte(`{"type":"urn:ietf:params:acme:error:rateLimited","detail":"paused"}`), uint8(1))
	f.Add(uint16(403), "Wed, 04 Mar 2026 07:06:07 GMT", []byte(`{"type":"urn:ietf:params:acme:error:userActionRequired","detail":"Terms\nchanged","instance":"https://ca.test/terms"}`), uint8(2))
	f.Add(uint16(400), "", []byte(`{"type":"urn:ietf:params:acme:error:compound","subproblems":[{"type":"urn:ietf:params:acme:error:caa","identifier":{"type":"dns","value":"a.test"}},{"type":":"}]}`), uint8(3))
	f.Add(uint16(503), "-1", []byte(`<html>`), uint8(0))
	f.Add(uint16(404), "0", []byte(`null`), uint8(1))
	f.Add(uint16(200), "", []byte(`{}`), uint8(2))
	ca := New(Config{Clock: func() time.Time { return at }})
	codes := issuance.Codes()
	f.Fuzz(func(t *testing.T, status uint16, retryAfter string, body []byte, what uint8) {
		r := reply{status: int(status), header: http.Header{"Retry-After": {retryAfter}}, body: body}
		op := operation{name: "read order", refused: issuance.CodeOrderRefused, resource: what&1 != 0, reads: what&2 != 0}
		if asProblem(r.problem()) != nil && !fit(asProblem(r.problem()).Detail) {
			t.Fatalf("%q", asProblem(r.problem()).Detail)
		}
		err := ca.classify(op, r, nil)
		var failure *durable.Failure
		var later *durable.RetryLater
		var transient *durable.Transient
		switch {
		case errors.As(err, &failure):
			if !slices.Contains(codes, failure.Code) || failure.Message == "" || !fit(failure.Message) {
				t.Fatalf("%d %q: %s %q", status, body, failure.Code, failure.Message)
			}
		case errors.As(err, &later):
			if later.After < time.Second || later.After > maxWait || !fit(later.Reason) {
				t.Fatalf("%d %q after %q: %s %q", status, body, retryAfter, later.After, later.Reason)
			}
		case errors.As(err, &transient):
			if transient.After < 0 || transient.After > maxWait || !fit(transient.Public) {
				t.Fatalf("%d %q after %q: %s %q", status, body, retryAfter, transient.After, transient.Public)
			}
		case errors.Is(err, issuance.ErrGone):
			if status < 400 || !op.resource && !op.reads {
				t.Fatalf("%d %q counts as gone", status, body)
			}
		default:
			t.Fatalf("%d %q: nothing that a step can act on: %v", status, body, err)
		}
		if said := r.describe(op, r.problem(), nil); !fit(said.Error()) {
			t.Fatalf("the log gets %q", said)
		}
	})
}

// fit says whether a text may be shown and logged: one line, bounded.
func fit(s string) bool {
	return utf8.ValidString(s) && len([]rune(s)) <= 2*refusalLength+1000 && strings.IndexFunc(s, unicode.IsControl) < 0
}

// FuzzRetryAfter reads headers of any content: a wait is never negative and never
// longer than the longest that is believed, whoever reads it.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "90", "-5", "9223372036854775807", "99999999999999999999", "1e3", " 7 ", "Wed, 04 Mar 2026 07:06:07 GMT",
		"Wed, 04 Mar 2026 07:06:07 UTC", "Wednesday, 04-Mar-26 07:06:07 GMT", "Wed, 04 Mar 9999 07:06:07 GMT", "Mon, 01 Jan 0000 00:00:00 GMT", "soon", "5, 6"} {
		f.Add(seed)
	}
	ca := New(Config{Clock: func() time.Time { return at }})
	f.Fuzz(func(t *testing.T, value string) {
		r := reply{header: http.Header{"Retry-After": {value}}}
		d, ok := retryafter.Of(r.header, at)
		if d < 0 || d > retryafter.Longest || !ok && d != 0 {
			t.Fatalf("%q is %s, %v", value, d, ok)
		}
		if look := ca.nextLook(r); look < 0 || look > time.Hour {
			t.Fatalf("%q makes the next look wait %s", value, look)
		}
		if again := ca.renewalInfoRetry(r); again < minRenewalInfoRetry || again > maxRenewalInfoRetry {
			t.Fatalf("%q makes the next look at renewal information wait %s", value, again)
		}
	})
}
