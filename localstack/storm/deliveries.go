package storm

import (
	"math/rand/v2"
	"time"

	"certgate/localstack/funchost"
)

// Deliveries is how messages come, by the number of the delivery.
type Deliveries struct{ seed uint64 }

// At is the fate of the nth delivery: of a thousand 30 come twice, one after the
// other, and 30 at the same time; 40 are late by one to three seconds, so that
// others overtake them; 3 go to the poison queue without having been tried.
func (d Deliveries) At(n uint64) funchost.Delivery {
	r := rand.New(rand.NewPCG(d.seed, n))
	switch roll := r.IntN(1000); {
	case roll < 30:
		return funchost.Delivery{Twice: funchost.DeliverTwice}
	case roll < 60:
		return funchost.Delivery{Twice: funchost.DeliverTwiceAtOnce}
	case roll < 100:
		return funchost.Delivery{Late: time.Duration(1+r.IntN(3)) * time.Second}
	case roll < 103:
		return funchost.Delivery{Poison: true}
	}
	return funchost.Delivery{}
}
