package funchost

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

func TestAHandlerThatIsKilledAsItBeginsToReadHasDoneNothing(t *testing.T) {
	t.Parallel()
	name := queueName("begun")
	var b *bench
	var ready sync.WaitGroup
	ready.Add(1)
	var kills atomic.Int32
	b = queueBench(t, name, Config{Witness: Witness{Begun: func(queue string, m QueueMessageInfo) {
		ready.Wait()
		if queue != name || m.Body != "work" {
			t.Errorf("told of %q in %s", m.Body, queue)
		}
		if m.DequeueCount == 1 {
			kills.Add(1)
			if err := b.KillHandler(); err != nil {
				t.Error(err)
			}
		}
	}}})
	ready.Done()
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("work"))
	awaitLength(t, queue, 0)
	if got := invoked(t, b); !slices.Equal(got, []string{`"\"work\"" 2`}) || kills.Load() != 1 {
		t.Errorf("%d kills, and the function ran with %q; want once, at the second delivery", kills.Load(), got)
	}
}

func TestALostReplyIsAFailureOfWhatTheHandlerHasDone(t *testing.T) {
	t.Parallel()
	name := queueName("replied")
	b := queueBench(t, name, Config{Witness: Witness{Replied: func(_ string, m QueueMessageInfo) bool { return m.DequeueCount == 1 }}})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("work"))
	awaitLength(t, queue, 0)
	if got := invoked(t, b); !slices.Equal(got, []string{`"\"work\"" 1`, `"\"work\"" 2`}) {
		t.Errorf("the function ran with %q, want twice", got)
	}
	for _, s := range b.control.to("/RunJob") {
		if s.Header.Get("Expect") != "" {
			t.Error("the request asks for more than the platform's does although nothing waits for its beginning")
		}
	}
}
