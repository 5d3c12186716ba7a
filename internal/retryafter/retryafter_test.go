package retryafter_test

import (
	"net/http"
	"testing"
	"time"

	"certgate/internal/retryafter"
)

func TestRetryAfterIsSecondsOrADate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"0": 0, "17": 17 * time.Second, " 5 ": 5 * time.Second, "1.5": 1500 * time.Millisecond,
		"-3": 0, "NaN": 0,
		"99999999999999999999":           retryafter.Longest,
		"Fri, 01 May 2026 12:01:00 GMT":  time.Minute,
		"Fri, 01 May 2026 12:01:00 UTC":  time.Minute, // outside RFC 9110, but sent
		"Friday, 01-May-26 12:01:00 GMT": time.Minute, // the older forms count too
		"Fri, 01 May 2026 11:00:00 GMT":  0,
		"Sat, 01 May 2083 11:00:00 GMT":  retryafter.Longest,
	} {
		if got, ok := retryafter.Of(http.Header{"Retry-After": {value}}, now); !ok || got != want {
			t.Errorf("%q: %v %v, want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "soon", "12 minutes", "2026-05-01"} {
		if got, ok := retryafter.Of(http.Header{"Retry-After": {value}}, now); ok || got != 0 || retryafter.In(http.Header{"Retry-After": {value}}, now) != 0 {
			t.Errorf("%q: %v %v", value, got, ok)
		}
	}
}
