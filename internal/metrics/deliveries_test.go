package metrics_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// Deliveries of which the first is served after 20 minutes, the second never.
func TestDeliveriesAreCountedByTargetAndHowTheyStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Runner.Add(durable.Flow[delivery.Input]{
		Name: delivery.FlowName, Finished: "Over.",
		Begin: func(input json.RawMessage) (in delivery.Input, err error) { return in, json.Unmarshal(input, &in) },
		Steps: []durable.Step[delivery.Input]{{Name: "AwaitDeliveryStep", Says: "Waiting.", Run: func(_ context.Context, turn durable.Turn, s *delivery.Input) (durable.Outcome, error) {
			switch waited := turn.Now.Sub(turn.Created); {
			case s.Version == "late":
				return durable.Fail(delivery.CodeNotDelivered, "It is not served."), nil
			case waited < 20*time.Minute:
				return durable.Wait(20*time.Minute, "It is not served yet."), nil
			}
			return durable.Done(), nil
		}}},
		Output: func(s *delivery.Input) any { return delivery.Output{Target: s.Target, Result: delivery.ResultServed} },
	}.Define())
	for _, version := range []string{"quick", "late"} {
		input, _ := json.Marshal(delivery.Input{Target: "mail", Version: version})
		if _, _, err := w.Runner.Start(t.Context(), durable.Start{Flow: delivery.FlowName, Claim: version, Input: input}); err != nil {
			t.Fatal(err)
		}
	}
	now := w.Clock.Now()
	if err := w.Records.SaveRecord(t.Context(), &managed.Record{Name: "shop", NotBefore: now, NotAfter: now.Add(80 * day), Undelivered: []string{"mail"}}); err != nil {
		t.Fatal(err)
	}
	if text := w.scrape(); !has(text, `certgate_deliveries{state="running",target="mail"} 2`) {
		t.Errorf("before they ran:\n%s", text)
	}
	w.Drain()
	w.Clock.Advance(time.Minute)
	text := w.scrape()
	for _, line := range []string{
		`certgate_deliveries{state="served",target="mail"} 1`, `certgate_deliveries{state="failed",target="mail"} 1`,
		`certgate_delivery_duration_seconds{target="mail"} 1200`, `certgate_target_undelivered{target="mail"} 1`, `certgate_certificates{state="notServed"} 1`,
	} {
		if !has(text, line) {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}
