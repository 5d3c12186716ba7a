package acmeca

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is longer than any authority asks for; it keeps a nonsense
// number of seconds from overflowing.
const maxRetryAfter = 30 * 24 * time.Hour

// parseRetryAfter reads a Retry-After header (RFC 9110 section 10.2.3), seconds or a
// date, as a time from now, never negative. ok is false if there is none that
// can be read.
func parseRetryAfter(h http.Header, now time.Time) (d time.Duration, ok bool) {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		// Some servers write the zone as UTC, which RFC 9110 does not allow.
		if at, err = time.Parse(time.RFC1123, value); err != nil {
			return 0, false
		}
	}
	return clamp(at.Sub(now), 0, maxRetryAfter), true
}

func clamp(d, low, high time.Duration) time.Duration { return min(max(d, low), high) }

// nextLook is the wish of a reply for the next look at the same resource; 0 if
// it has none. More than an hour would only delay what polling finds anyway.
func (ca *CA) nextLook(r reply) time.Duration {
	d, _ := parseRetryAfter(r.header, ca.now())
	return clamp(d, 0, time.Hour)
}
