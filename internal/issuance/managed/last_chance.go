package managed

import "time"

const (
	// lastPart of the lifetime is the last chance of a certificate that lives long.
	lastPart = 20
	// lastHours is how long before the end that is at least: a gateway takes up to
	// four hours to read a new version from the vault, and the renewal takes its time.
	lastHours = 5 * time.Hour
	// ShortestLifetime leaves that much time after half of a certificate's life. One
	// that lives shorter may be served expired, because the gateway reads it too late.
	ShortestLifetime = 2 * lastHours
)

// lastChance is when a certificate is renewed whatever its authority suggests, whose
// window may reach up to the very end: a twentieth of the lifetime before that, at
// least five hours, and never more than half of the lifetime.
func lastChance(notBefore, notAfter time.Time) time.Time {
	lifetime := notAfter.Sub(notBefore)
	return notAfter.Add(-min(max(lifetime/lastPart, lastHours), lifetime/2))
}
