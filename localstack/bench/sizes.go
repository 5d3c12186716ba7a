package bench

import (
	"net/http"
	"sync/atomic"

	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

// batchSizes sums the transactions that come through a door.
type batchSizes struct{ bytes, count atomic.Int64 }

// watchSizes begins; other hooks of the door take its place.
func watchSizes(door *storagedoor.Door) *batchSizes {
	s := &batchSizes{}
	door.SetHooks(storagedoor.Hooks{Before: func(service string, r *http.Request) fault.Fault {
		if storagedoor.Kind(service, r) == "table batch" {
			s.bytes.Add(r.ContentLength)
			s.count.Add(1)
		}
		return fault.Fault{}
	}})
	return s
}

// mean is the size of one; 0 if none came.
func (s *batchSizes) mean() float64 {
	return float64(s.bytes.Load()) / float64(max(s.count.Load(), 1))
}
