package durabletest

import (
	"errors"
	"time"

	"certgate/internal/durable"
)

var releaseTests = []conformance{
	{"an instance that is well is not released", func(f fixture) {
		inst := f.started("claim")
		f.wantError(f.Release(f.Context(), inst.ID, f.clock.Now()), durable.ErrConflict, "Release")
		f.wantHeld("claim", inst.ID)
	}},
	{"one that was released and is readable again frees no claim but its own", func(f fixture) {
		lost := f.started("claim")
		f.Damage(lost.ID)
		if err := f.Release(f.Context(), lost.ID, f.clock.Now()); err != nil {
			f.Fatalf("release: %v", err)
		}
		next := f.started("claim")
		f.Mend(lost.ID)
		lost = f.load(lost.ID)
		for range 3 { // it goes on, as if nothing had happened
			f.clock.Advance(2 * time.Minute)
			lost.Status, lost.DueAt = durable.Running, f.clock.Now()
			f.turn(lost, durable.Change{Event: f.event(lost, durable.EventWaiting)})
		}
		f.end(lost, durable.Completed)
		f.wantSame(durable.Completed, f.load(lost.ID).Status, "status of the one that was released")
		f.wantHeld("claim", next.ID)
		f.end(next, durable.Completed)
		f.started("claim")
	}},
}

// wantHeld checks who holds the claim.
func (f fixture) wantHeld(claim, holder string) {
	f.Helper()
	late := f.instance(claim)
	var claimed *durable.ClaimedError
	if err := f.Create(f.Context(), late, f.event(late, durable.EventStarted)); !errors.As(err, &claimed) || claimed.Instance != holder {
		f.Errorf("Create gave %v, want a ClaimedError with %s", err, holder)
	}
}
