package durable_test

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
	"certgate/internal/memstore"
)

// greeting is what an instance of this example remembers between its steps.
type greeting struct {
	Name  string `json:"name"`
	Looks int    `json:"looks,omitempty"`
	Sent  bool   `json:"sent,omitempty"`
}

// A flow of two steps. The first waits until something outside is there; the second
// asks first whether its work is done, because the host may deliver a message twice.
// Between two steps there is a row and a message, and nothing in the process.
func Example() {
	flow := durable.Flow[greeting]{
		Name: "Greet",
		Steps: []durable.Step[greeting]{
			{Name: "FindStep", Says: "Looking for the name.", Run: func(_ context.Context, _ durable.Turn, s *greeting) (durable.Outcome, error) {
				if s.Looks++; s.Looks < 3 {
					return durable.Wait(time.Hour, "Not there yet."), nil // spends no attempt
				}
				return durable.Done(), nil
			}},
			{Name: "GreetStep", Says: "Greeting.", Run: func(_ context.Context, _ durable.Turn, s *greeting) (durable.Outcome, error) {
				if !s.Sent {
					fmt.Println("hello,", s.Name)
					s.Sent = true
				}
				return durable.Done(), nil
			}},
		},
		Begin: func(input json.RawMessage) (s greeting, err error) {
			return s, json.Unmarshal(input, &s)
		},
		Finished: "Greeted.",
		Output:   func(s *greeting) any { return s.Name },
	}.Define()

	ctx, clock := context.Background(), durabletest.NewClock()
	store, queue := memstore.New(clock.Now), memstore.NewQueue(clock.Now)
	runner := durable.NewRunner(durable.Config{Store: store, Queue: queue, Clock: clock.Now, Flows: []durable.Definition{flow}})
	id, _, err := runner.Start(ctx, durable.Start{Flow: "Greet", Claim: "name:ada", Input: json.RawMessage(`{"name":"Ada"}`)})
	if err != nil {
		panic(err)
	}
	// The host: it delivers each message, here even twice, when its time has come.
	host := durabletest.Pump{Queue: queue, Clock: clock, Twice: true, Handle: func(ctx context.Context, m durable.Message, _ int) error {
		return runner.Handle(ctx, m, durable.Delivery{})
	}}
	if err := host.Drain(ctx, 100); err != nil {
		panic(err)
	}
	history, err := store.History(ctx, id)
	if err != nil {
		panic(err)
	}
	for _, e := range history {
		text := e.Kind + ": " + e.Step
		if e.Message != "" {
			text += " (" + e.Message + ")"
		}
		fmt.Println(text)
	}
	inst, err := store.Load(ctx, id)
	if err != nil {
		panic(err)
	}
	fmt.Println(inst.Status, string(inst.Output), inst.Custom.Message)
	// Output:
	// hello, Ada
	// Started: FindStep
	// Waiting: FindStep (Not there yet.)
	// Waiting: FindStep (Not there yet.)
	// StepCompleted: FindStep
	// StepCompleted: GreetStep
	// Completed "Ada" Greeted.
}
