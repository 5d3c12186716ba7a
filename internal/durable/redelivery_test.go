package durable_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"certgate/internal/durable"
	"certgate/internal/durable/durabletest"
)

func TestAFlowRunsItsStepsInOrderWhateverTheQueueDoes(t *testing.T) {
	t.Parallel()
	for name, unruly := range map[string]func(*durabletest.Pump){
		"each message once":                              func(*durabletest.Pump) {},
		"each message twice":                             func(p *durabletest.Pump) { p.Twice = true },
		"each message again because its delete was lost": func(p *durabletest.Pump) { p.LoseDeletes = true },
		"both": func(p *durabletest.Pump) { p.Twice, p.LoseDeletes = true, true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, steps(visit("A"), visit("B"), visit("C")))
			unruly(w.pump)
			inst := w.finish(w.start("c"))
			if inst.Status != durable.Completed || visited(t, inst) != "A B C" {
				t.Errorf("ended %s after %q, want Completed after A B C", inst.Status, visited(t, inst))
			}
			if want := (durable.CustomStatus{Status: "Completed", Message: "Arrived."}); inst.Custom != want {
				t.Errorf("custom status %+v, want %+v", inst.Custom, want)
			}
			if got, want := w.kinds(inst.ID), "Started StepCompleted StepCompleted StepCompleted"; got != want {
				t.Errorf("history %q, want %q", got, want)
			}
		})
	}
}

// refusesSend loses the process between row and message: the n-th Send fails.
func refusesSend(n int) func(durable.Message) error {
	sends := 0
	return func(durable.Message) error {
		if sends++; sends == n {
			return errors.New("the process died")
		}
		return nil
	}
}

func TestACrashBetweenRowAndMessageLosesNothing(t *testing.T) {
	t.Parallel()
	for failAt := 2; failAt <= 3; failAt++ {
		t.Run(fmt.Sprintf("message %d is never sent", failAt), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, steps(visit("A"), visit("B"), visit("C")))
			w.queue.Refuse = refusesSend(failAt)
			if inst := w.finish(w.start("c")); visited(t, inst) != "A B C" {
				t.Errorf("visited %q, want A B C", visited(t, inst))
			}
		})
	}
}

func TestAMessageThatWasLostIsSentAgainByTheRescueTimer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A"), visit("B")))
	id := w.start("c")
	for { // the queue loses everything
		d, ok := w.queue.Receive(time.Minute)
		if !ok {
			break
		}
		w.queue.Delete(d)
	}
	if n, err := w.runner.Rescue(context.Background()); n != 0 || err != nil {
		t.Fatalf("rescue at once: %d, %v; want 0: a message may only be late", n, err)
	}
	w.clock.Advance(13 * time.Minute)
	if n, err := w.runner.Rescue(context.Background()); n != 1 || err != nil {
		t.Fatalf("rescue after 13 minutes: %d, %v; want 1", n, err)
	}
	if n, _ := w.runner.Rescue(context.Background()); n != 0 {
		t.Errorf("rescue right after: %d, want 0: a backlog must not multiply", n)
	}
	if inst := w.finish(id); visited(t, inst) != "A B" {
		t.Errorf("visited %q, want A B", visited(t, inst))
	}
}

func TestMessagesToOthersSurviveACrash(t *testing.T) {
	t.Parallel()
	for _, failAt := range []int{2, 3} { // 1 is the start, 2 the message to the other, 3 the own next
		t.Run(fmt.Sprintf("send %d fails", failAt), func(t *testing.T) {
			t.Parallel()
			var other string
			flow := steps(does("Tell", func(turn durable.Turn, _ *trip) (durable.Outcome, error) {
				if turn.Instance == other {
					return durable.Done(), nil
				}
				return durable.Done().Sending(durable.Message{Instance: other, Step: "Tell", Seq: 1, Wake: true}), nil
			}), visit("B"))
			w := newWorld(t, flow)
			other = w.start("other")
			for d, ok := w.queue.Receive(time.Hour); ok; d, ok = w.queue.Receive(time.Hour) {
				w.queue.Delete(d) // only the one instance can wake the other
			}
			w.queue.Refuse = refusesSend(failAt)
			id := w.start("c")
			w.finish(id)
			if inst := w.load(other); inst.Status != durable.Completed {
				t.Errorf("the other is %s: its message was lost", inst.Status)
			}
		})
	}
}

func TestAskingAgainMendsAStartWhoseMessageWasLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	id := w.start("c")
	d, _ := w.queue.Receive(time.Minute)
	w.queue.Delete(d) // the process died before it sent the first message
	if again := w.start("c"); again != id {
		t.Fatalf("a second instance %s", again)
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
}

// Nobody is told "accepted" of an instance that stands still.
func TestAStartWhoseFirstMessageIsNotSentIsAnErrorUntilItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, steps(visit("A")))
	for range 2 { // the first makes the row, the second finds it
		w.queue.Refuse = refusesSend(1)
		id, existing, err := w.runner.Start(t.Context(), durable.Start{Flow: "Trip", Claim: "c", Input: json.RawMessage(`{}`)})
		if err == nil || id != "" || existing || w.queue.Len() != 0 {
			t.Fatalf("started %q (existing: %t), %v; %d messages: want an error and none", id, existing, err, w.queue.Len())
		}
	}
	w.queue.Refuse = nil
	var id string
	for range 2 {
		id = w.start("c")
		if w.queue.Len() != 1 {
			t.Errorf("%d messages, want one, however often somebody asks", w.queue.Len())
		}
	}
	if inst := w.finish(id); inst.Status != durable.Completed {
		t.Errorf("ended %s", inst.Status)
	}
}
