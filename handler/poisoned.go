package main

import (
	"context"
	"time"

	"certgate/internal/azurestore"
)

// poisonQueue is what the timer Rescue does with messages that the host cannot hand
// over. A timer of its own would be an instance of its own on Flex Consumption.
type poisonQueue interface {
	RemoveUnreadable(ctx context.Context, now time.Time, patience time.Duration) (removed []azurestore.Removed, left bool, err error)
}

const (
	poisonLookEvery = 10 * time.Minute
	// poisonPatience is what is left of functionTimeout in host.json, 5 minutes, with
	// room for the rescue itself.
	poisonPatience = 4 * time.Minute
)

// lookAtPoison removes what the host cannot hand over, every ten minutes; sooner if
// the look before has left something. Two processes that look at once find different
// messages.
func (t triggers) lookAtPoison(ctx context.Context) error {
	now := t.runner.Now()
	if t.poison == nil || !t.poisonLook.due(now) {
		return nil
	}
	removed, left, err := t.poison.RemoveUnreadable(ctx, now, poisonPatience)
	for _, m := range removed {
		t.log.ErrorContext(ctx, "removed a poison message that the Functions host cannot hand over", "message", m.ID, "inserted", m.Inserted, "reason", m.Reason, "begins", m.Start)
		t.figures.PoisonRemoved(m.Reason)
	}
	if err == nil && !left {
		t.poisonLook.done(now)
	}
	return err
}
