package storm

import (
	"context"
	"time"

	"certgate/localstack/pause"
)

// progress says now and then how far the storm is.
func (s *storm) progress(ctx context.Context) {
	for pause.For(ctx, 15*time.Second) == nil {
		s.load.mu.Lock()
		accepted := len(s.load.accepted)
		s.load.mu.Unlock()
		s.say("%d accepted, %d steps stored, %d kills, %d restarts, %d changes of the gateway", accepted, s.storage.steps.Load(), s.killer.total(), s.restarted.Load(), s.stack.ARM.Puts())
	}
}

// tally says what the storm did.
func (s *storm) tally() {
	s.load.mu.Lock()
	advised, uploads, stopped := s.load.advised, len(s.load.uploads), len(s.load.stopped)
	s.load.mu.Unlock()
	s.foreign.mu.Lock()
	intrusions := s.foreign.done
	s.foreign.mu.Unlock()
	s.poison.mu.Lock()
	poisoned := len(s.poison.instances)
	s.poison.mu.Unlock()
	orders, err := s.stack.Pebble.Orders()
	if err != nil {
		s.say("%v", err)
	}
	s.say("%d steps stored; the handler was killed %d times: %v", s.storage.steps.Load(), s.killer.total(), s.killer.kills)
	s.say("calls that went wrong: storage %d of %d, vault %d of %d, Resource Manager and vault %d, CA %d of %d", s.storage.hits.Load(), s.storage.calls.Load(),
		s.azure.hits.Load(), s.azure.vaultCalls.Load()+s.azure.armCalls.Load(), s.azure.armCalls.Load(), s.ca.hits.Load(), s.ca.calls.Load())
	s.say("services were away for %s in all, kills by host %v", s.away.total.Round(time.Second), s.killer.byHost)
	s.say("%d restarts, %d deliveries, %d instances poisoned, %d terminated, %d uploads, %d renewals on the CA's advice", s.restarted.Load(), s.deliveries.Load(), poisoned, stopped, uploads, advised)
	s.say("%d orders at the CA, %d changes of the gateway, %d of them by another tool", orders, s.stack.ARM.Puts(), intrusions)
}
