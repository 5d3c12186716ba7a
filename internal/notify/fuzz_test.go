package notify

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// FuzzAnswer has a receiver answer with anything. Waits are bounded, only a 2xx
// counts as delivered, and of the body nothing is repeated but Slack's own words:
// error pages often quote the URL, which is the secret.
func FuzzAnswer(f *testing.F) {
	f.Add(uint16(200), "", []byte("ok"))
	f.Add(uint16(403), "", []byte("invalid_token"))
	f.Add(uint16(404), "5", []byte("<html>/services/T000/B000/s3cret"))
	f.Add(uint16(429), "99999999999", []byte("rate_limited"))
	f.Add(uint16(503), "Wed, 04 Mar 9999 07:06:07 GMT", []byte(strings.Repeat("a_", 3000)))
	f.Add(uint16(302), "-1", []byte(nil))
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	f.Fuzz(func(t *testing.T, status uint16, after string, body []byte) {
		got := judge(&http.Response{StatusCode: int(status), Header: http.Header{"Retry-After": {after}}}, body, at)
		if got.delivered != (status >= 200 && status < 300) || got.retryAfter < 0 || got.retryAfter > deliverFor/2 {
			t.Fatalf("%d after %q: %+v", status, after, got)
		}
		if len(got.reason) > 300 || strings.ContainsAny(got.reason, "\r\n\x00<>/") {
			t.Fatalf("%d %q: %q is not fit to be shown", status, body, got.reason)
		}
		if got.err != "" {
			t.Fatalf("%d %q: the log gets %q", status, body, got.err)
		}
	})
}

// FuzzScrub looks for the secret parts of a receiver's URL in what an error of
// the transport makes of it.
func FuzzScrub(f *testing.F) {
	f.Add("https://hooks.slack.com/services/T000/B000/s3cretS3cret", `Post "https://hooks.slack.com/services/T000/B000/s3cretS3cret": EOF`)
	f.Add("https://prod.example/a?sp=a,b&sig=s3cretS3cret", "sig=s3cretS3cret")
	f.Add("https://prod.example/%61?sig=%73", "/a")
	f.Fuzz(func(t *testing.T, address, text string) {
		target, err := NewTarget(JSON, address)
		if err != nil {
			if len(address) > 20 && strings.Contains(err.Error(), address) {
				t.Fatalf("the error shows %q: %v", address, err)
			}
			return
		}
		cleaned := target.scrub(text + target.url.String() + text + target.url.RequestURI())
		for _, secret := range []string{target.url.String(), target.url.EscapedPath(), target.url.RawQuery} {
			if len(secret) > 8 && strings.Contains(cleaned, secret) {
				t.Fatalf("%q is left in %q", secret, cleaned)
			}
		}
	})
}
