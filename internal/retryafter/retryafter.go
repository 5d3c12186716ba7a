// Package retryafter reads the header with which a server says when to come back.
package retryafter

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Longest is longer than any server asks for in earnest; it keeps a nonsense
// number of seconds from overflowing.
const Longest = 30 * 24 * time.Hour

// Of reads Retry-After (RFC 9110 section 10.2.3), seconds or a date, as a time
// from now between 0 and Longest. ok is false if there is none that can be read.
func Of(h http.Header, now time.Time) (d time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		if !(seconds > 0) { // NaN too
			return 0, true
		}
		return time.Duration(min(seconds, Longest.Seconds()) * float64(time.Second)), true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		// Some servers write the zone as UTC, which RFC 9110 does not allow.
		if at, err = time.Parse(time.RFC1123, value); err != nil {
			return 0, false
		}
	}
	return min(max(at.Sub(now), 0), Longest), true
}

// In is Of for callers to whom none and none that can be read are alike: 0.
func In(h http.Header, now time.Time) time.Duration {
	d, _ := Of(h, now)
	return d
}
