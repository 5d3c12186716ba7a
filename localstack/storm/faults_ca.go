package storm

import (
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"certgate/localstack/fault"
	"certgate/localstack/faultca"
)

// caFaults is the storm before the certificate authority. A 429 always says when
// it ends: without that it is an authority's word for "a person must act", and
// certgate rightly fails.
type caFaults struct {
	stream Stream
	limits []uint64 // numbers of new orders
	blows  *atomic.Bool
	away   *away
	killer *killer

	calls, orders atomic.Uint64
	hits          atomic.Int64
}

func (f *caFaults) hook(_ string, r *http.Request) fault.Fault {
	if !f.blows.Load() {
		return fault.Fault{}
	}
	if away, out := f.away.fault(Authority); out {
		return away
	}
	if f.killer.at(BeforeCall, r) {
		return fault.Fault{Drop: true}
	}
	if f.killer.due(AfterCall) {
		f.killer.soon(r)
		return fault.Fault{DropAnswer: true}
	}
	if faultca.EndpointOf(r) == faultca.NewOrder && slices.Contains(f.limits, f.orders.Add(1)) {
		f.hits.Add(1)
		return faultca.Limited(faultca.NewOrder, 0, 2*time.Second).Fault
	}
	m := f.stream.At(f.calls.Add(1))
	if m == (Mishap{}) {
		return fault.Fault{}
	}
	f.hits.Add(1)
	went := fault.Fault{Delay: m.Delay, Status: m.Status, Drop: m.Lost, DropAnswer: m.AnswerLost, RetryAfter: m.RetryAfter}
	if m.Status == http.StatusInternalServerError {
		went.Code = "serverInternal"
	}
	return went
}
