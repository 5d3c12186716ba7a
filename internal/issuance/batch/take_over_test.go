package batch_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/batch"
)

func takeOvers(w *batchWorld) {
	type state = issuance.TakeOverInput
	w.runner.Add(batch.TakeOver(w.runner, w.store))
	w.runner.Add(durable.Flow[state]{
		Name: issuance.FlowTakeOverListener,
		Steps: []durable.Step[state]{{Name: "LookAtListenerStep", Run: func(_ context.Context, _ durable.Turn, s *state) (durable.Outcome, error) {
			if s.Refused {
				return durable.Fail(issuance.CodeTakeOverPrivate, "It is private."), nil
			}
			return durable.Done(), nil
		}}},
		Begin:    func(input json.RawMessage) (s state, err error) { return s, json.Unmarshal(input, &s) },
		Finished: "Done.",
	}.Define())
}

func listener(name, how string, at time.Time) issuance.TakeOverInput {
	return issuance.TakeOverInput{Listener: name, How: how, At: at, Hostnames: []issuance.InputHostname{{Hostname: name + ".example.com"}}}
}

func TestATakeOverAdoptsOrdersAndPlans(t *testing.T) {
	t.Parallel()
	w := newBatchWorld(t)
	takeOvers(w)
	began := w.clock.Now()
	refused := listener("private", "", time.Time{})
	refused.Refused = true
	start, err := batch.TakeOverStart(batch.TakeOverInput{Listeners: []issuance.TakeOverInput{
		listener("a", "adopt", time.Time{}), listener("b", "order", time.Time{}), listener("later", "order", began.Add(7*24*time.Hour)), refused,
	}})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := w.runner.Start(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.pump.Drain(t.Context(), 10000); err != nil {
		t.Fatal(err)
	}
	inst, err := w.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if inst.Status != durable.Failed || !strings.Contains(inst.Custom.Message, "1 of 4 listeners were not taken over: private.example.com (TakeOverPrivate)") {
		t.Fatalf("%s %+v", inst.Status, inst.Custom)
	}
	var out batch.Result
	if err := json.Unmarshal(inst.Output, &out); err != nil || out.Completed != 3 || out.Children[2].Listener != "later" {
		t.Errorf("%+v, %v", out, err)
	}
	flows := map[string]string{"a": issuance.FlowTakeOverListener, "b": issuance.FlowAddCertificate, "later": issuance.FlowAddCertificate}
	for _, c := range out.Children {
		child, err := w.store.Load(t.Context(), c.InstanceID)
		if err != nil || flows[c.Listener] != "" && child.Flow != flows[c.Listener] {
			t.Errorf("%s is %+v, %v", c.Listener, child, err)
		}
		if c.Listener == "later" && child.CreatedAt.Sub(began) < 7*24*time.Hour {
			t.Errorf("planned for a week later, and ordered after %s", child.CreatedAt.Sub(began))
		}
	}
}
