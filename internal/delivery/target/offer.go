package target

import (
	"fmt"
	"time"
)

// Offer is what is known of a certificate before it is ordered.
type Offer struct {
	KeyType   string        // RSA-2048, EC-P256 …; "" if it is not known
	Directory string        // of the authority, in lower case
	Profile   string        // that is asked for
	Lifetime  time.Duration // of such certificates; 0 if it is not known
}

const (
	// margin is how much longer than its way to a target a certificate must live: a
	// renewal comes when two thirds are over, and a delivery may be late.
	margin = 4
	// shortLived is the lifetime of Let's Encrypt's profile of that name.
	shortLived = 160 * time.Hour
)

// Fits says why the target could not serve such a certificate, or what is not known of
// that; "" for nothing. Both are sentences.
func (t Target) Fits(o Offer) (problem, note string) {
	if o.Lifetime == 0 && o.Profile == "shortlived" {
		o.Lifetime = shortLived
	}
	if o.Lifetime > 0 && o.Lifetime < margin*t.Within {
		return fmt.Sprintf("A new version may take %.0f hours until it is served there, and the certificate lives only %.0f: it has to live %d times as long, for it would be replaced too late.", t.Within.Hours(), o.Lifetime.Hours(), margin), ""
	}
	if t.Kind.Fits == nil {
		return "", ""
	}
	return t.Kind.Fits(o)
}
