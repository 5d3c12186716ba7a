package durable

import "time"

const (
	backoffFirst = 2 * time.Second
	backoffMax   = 5 * time.Minute
)

// Backoff is the pause after the attempt-th unexpected error (1 is the first):
// 2 s, 4 s, 8 s, ... up to 5 minutes, each ±20 % by random, a random number in
// [0,1). A wish of the remote side (asked) is a lower bound and not jittered
// downwards.
func Backoff(attempt int, asked time.Duration, random float64) time.Duration {
	d := backoffMax
	if attempt < 1 {
		attempt = 1
	}
	if shift := attempt - 1; shift < 8 { // 2 s << 8 is past the ceiling
		d = min(backoffFirst<<shift, backoffMax)
	}
	d = time.Duration(float64(d) * (0.8 + 0.4*random))
	if asked > d {
		d = asked + time.Duration(float64(asked)*0.1*random)
	}
	return d
}
