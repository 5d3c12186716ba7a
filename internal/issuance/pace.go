package issuance

import (
	"sync/atomic"
	"time"
)

// The first pause between an answer to a challenge and the look at the order.
// Authorities that validate from several places of the world take a few seconds.
const (
	minPace = time.Second
	maxPace = 5 * time.Second
)

// pace is how long this process has found a CA to take for a validation: each
// look that comes too early is a message for nothing, each that comes late is
// waiting for nothing. It is a guess that nothing depends on.
type pace struct{ nanos atomic.Int64 }

// pause is when to look first.
func (p *pace) pause() time.Duration { return max(time.Duration(p.nanos.Load()), minPace) }

// early takes note that a first look after the given time came too early.
func (p *pace) early(waited time.Duration) {
	p.nanos.Store(int64(min(waited.Truncate(time.Second)+time.Second, maxPace)))
}

// ready takes note that a first look was not too early: the next may be sooner.
func (p *pace) ready() { p.nanos.Store(p.nanos.Load() * 7 / 8) }
