// Package waittest waits in tests for what another process or goroutine does.
package waittest

import (
	"testing"
	"time"
)

// Patience is what a test gives to something that takes no time on an idle
// machine.
const Patience = 30 * time.Second

// The pauses between two looks grow: what is quick is seen at once, and what is
// slow is not held up by many looks.
const firstPause, longestPause = 5 * time.Millisecond, 200 * time.Millisecond

// Until looks until the condition holds. After the given time the test ends, with
// what was waited for in words.
func Until(t testing.TB, within time.Duration, what string, holds func() bool) {
	t.Helper()
	if !Holds(within, holds) {
		t.Fatalf("not within %s: %s", within, what)
	}
}

// Holds looks until the condition holds, and reports whether it did in time.
func Holds(within time.Duration, holds func() bool) bool {
	end, pause := time.Now().Add(within), firstPause
	for !holds() {
		if time.Now().After(end) {
			return false
		}
		<-time.After(pause)
		pause = min(pause*5/4, longestPause)
	}
	return true
}
