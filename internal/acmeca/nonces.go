package acmeca

import (
	"sync"
	"time"
)

// A nonce is worth keeping for a while only: authorities forget old ones, and a
// refused nonce costs a round trip and a pause.
const (
	nonceLifetime = 10 * time.Minute
	maxNonces     = 64
)

// noncePool keeps the nonces that replies bring (RFC 8555 section 6.5), so that
// the next call need not ask for one. The youngest goes out first: after a
// refusal that is the one the refusal itself brought.
type noncePool struct {
	mu     sync.Mutex
	nonces []heldNonce // oldest first
}

type heldNonce struct {
	value string
	since time.Time
}

func (p *noncePool) put(value string, now time.Time) {
	if value == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.nonces) == maxNonces {
		p.nonces = append(p.nonces[:0], p.nonces[1:]...)
	}
	p.nonces = append(p.nonces, heldNonce{value, now})
}

// take hands out a nonce that nobody else gets, or "".
func (p *noncePool) take(now time.Time) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.nonces) == 0 {
		return ""
	}
	youngest := p.nonces[len(p.nonces)-1]
	p.nonces = p.nonces[:len(p.nonces)-1]
	if now.Sub(youngest.since) > nonceLifetime {
		p.nonces = p.nonces[:0] // all others are older still
		return ""
	}
	return youngest.value
}
