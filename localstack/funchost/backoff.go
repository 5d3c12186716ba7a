package funchost

import (
	"math"
	"math/rand/v2"
	"time"
)

const minPollingInterval = 100 * time.Millisecond

// backoff is how long an idle queue listener pauses: 100 ms, then 100 ms and
// 100 ms doubled each time, give or take a fifth, up to a ceiling.
type backoff struct {
	ceiling time.Duration
	pauses  int
}

// next is the pause after one more empty answer. spread is a number from 0
// (inclusive) to 1 (exclusive): the place in the random range.
func (b *backoff) next(spread float64) time.Duration {
	pause := minPollingInterval
	if b.pauses > 0 {
		factor := 0.8 + 0.4*spread
		grown := float64(minPollingInterval) * (1 + factor*math.Exp2(float64(b.pauses-1)))
		if grown >= float64(b.ceiling) {
			return b.ceiling // pauses stops growing: no overflow
		}
		pause = time.Duration(grown)
	}
	b.pauses++
	return min(pause, b.ceiling)
}

// reset starts over: a message was found.
func (b *backoff) reset() { b.pauses = 0 }

func spread() float64 { return rand.Float64() }
