package acmeca

import (
	"time"

	"certgate/internal/retryafter"
)

func clamp(d, low, high time.Duration) time.Duration { return min(max(d, low), high) }

// nextLook is the wish of a reply for the next look at the same resource; 0 if
// it has none. More than an hour would only delay what polling finds anyway.
func (ca *CA) nextLook(r reply) time.Duration {
	return min(retryafter.In(r.header, ca.now()), time.Hour)
}
