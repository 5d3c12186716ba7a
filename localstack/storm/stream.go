package storm

import (
	"math/rand/v2"
	"net/http"
	"time"
)

// Mishap is what happens to one call. The zero value is nothing.
type Mishap struct {
	// Delay comes first.
	Delay time.Duration
	// Status is answered in the service's place; 0 lets the call through.
	Status int
	// RetryAfter goes with Status; 0 sends none.
	RetryAfter time.Duration
	// Lost breaks the connection before the service is asked.
	Lost bool
	// AnswerLost breaks it after the service has acted.
	AnswerLost bool
}

// Stream is the fate of all calls to one service, by the number of the call. It
// is a function and no list, because it is not known how many calls there will be.
type Stream struct {
	seed uint64
	mix  []share
}

// share is how many calls of a thousand a kind of mishap hits.
type share struct {
	permille int
	make     func(r *rand.Rand) Mishap
}

// At is the fate of the nth call.
func (s Stream) At(n uint64) Mishap {
	r := rand.New(rand.NewPCG(s.seed, n))
	roll := r.IntN(1000)
	for _, m := range s.mix {
		if roll -= m.permille; roll < 0 {
			return m.make(r)
		}
	}
	return Mishap{}
}

func slow(r *rand.Rand) Mishap {
	return Mishap{Delay: time.Duration(50+r.IntN(1450)) * time.Millisecond}
}

func lost(*rand.Rand) Mishap { return Mishap{Lost: true} }

func answerLost(*rand.Rand) Mishap { return Mishap{AnswerLost: true} }

// refuse answers with one of the statuses. Every second 429 and 503 says when to
// come back.
func refuse(statuses ...int) func(*rand.Rand) Mishap {
	return func(r *rand.Rand) Mishap {
		m := Mishap{Status: statuses[r.IntN(len(statuses))]}
		if limit := m.Status == http.StatusTooManyRequests || m.Status == http.StatusServiceUnavailable; limit && r.IntN(2) == 0 {
			m.RetryAfter = retryAfter(r)
		}
		return m
	}
}

// refuseUntil is refuse, always with a time.
func refuseUntil(statuses ...int) func(*rand.Rand) Mishap {
	return func(r *rand.Rand) Mishap {
		return Mishap{Status: statuses[r.IntN(len(statuses))], RetryAfter: retryAfter(r)}
	}
}

// retryAfter is short: a storm that waits shows nothing.
func retryAfter(r *rand.Rand) time.Duration { return time.Duration(1+r.IntN(2)) * time.Second }
