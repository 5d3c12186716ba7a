package storm

import (
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"

	"certgate/localstack/faultca"
)

// caFaults is the storm before the certificate authority. A 429 always says when
// it ends: without that it is an authority's word for "a person must act", and
// certgate rightly fails.
type caFaults struct {
	stream Stream
	limits []uint64 // numbers of new orders
	blows  *atomic.Bool
	killer *killer

	calls, orders atomic.Uint64
	hits          atomic.Int64
}

func (f *caFaults) hook(at faultca.Endpoint) faultca.Fault {
	if !f.blows.Load() {
		return faultca.Fault{}
	}
	if f.killer.at(BeforeCall) {
		return faultca.Fault{DropRequest: true}
	}
	if f.killer.due(AfterCall) {
		go f.killer.kill() // while the CA acts; the handler never hears of it
		return faultca.Fault{DropAnswer: true}
	}
	if at == faultca.NewOrder && slices.Contains(f.limits, f.orders.Add(1)) {
		f.hits.Add(1)
		return faultca.Limited(at, 0, "2")
	}
	m := f.stream.At(f.calls.Add(1))
	if m == (Mishap{}) {
		return faultca.Fault{}
	}
	f.hits.Add(1)
	fault := faultca.Fault{Delay: m.Delay, Status: m.Status, DropRequest: m.Lost, DropAnswer: m.AnswerLost}
	if m.RetryAfter > 0 {
		fault.RetryAfter = strconv.Itoa(int(m.RetryAfter.Seconds()))
	}
	if m.Status == http.StatusInternalServerError {
		fault.Type = "serverInternal"
	}
	return fault
}
