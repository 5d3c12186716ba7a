package storm

import (
	"context"
	"net/http"
	"sync"
	"time"

	"certgate/localstack/fault"
	"certgate/localstack/pause"
)

// away knows which services are away at the moment.
type away struct {
	mu    sync.Mutex
	since map[Service]Outage
	total time.Duration
}

func newAway() *away { return &away{since: map[Service]Outage{}} }

func (a *away) begin(o Outage) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.since[o.Of] = o
	a.total += o.For
}

func (a *away) end(s Service) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.since, s)
}

// fault is what a call to the service meets, if that is away.
func (a *away) fault(s Service) (f fault.Fault, out bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	o, out := a.since[s]
	if out && o.Refuses {
		return fault.Fault{Status: http.StatusServiceUnavailable}, true
	}
	return fault.Fault{Drop: true}, out
}

// haveOutages has the planned outages, one after the other.
func (s *storm) haveOutages(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-s.outages:
			if s.blows.Load() { // it may have waited for the one before
				s.outage(ctx, o)
			}
		}
	}
}

// outage has a service away for its time.
func (s *storm) outage(ctx context.Context, o Outage) {
	s.say("%s is away for %s", o.Of, o.For.Round(100*time.Millisecond))
	s.away.begin(o)
	defer s.away.end(o.Of)
	switch o.Of {
	case Storage:
		if err := s.stack.StorageAway(context.WithoutCancel(ctx), o.For); err != nil {
			s.load.breach("outage of storage: %v", err)
		}
		s.restarted.Add(1)
		return
	case Names:
		s.stack.DNS.SetAway(true)
		defer s.stack.DNS.SetAway(false)
	}
	_ = pause.For(ctx, o.For) // the end of the storm ends it too
}
