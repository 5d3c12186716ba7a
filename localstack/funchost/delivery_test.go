package funchost

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// asked are the messages that a plan was asked about.
type asked struct {
	mu   sync.Mutex
	all  []QueueMessageInfo
	from []string
}

func (a *asked) add(queue string, m QueueMessageInfo) (nth int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all, a.from = append(a.all, m), append(a.from, queue)
	return len(a.all)
}

func (a *asked) snapshot() ([]QueueMessageInfo, []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]QueueMessageInfo{}, a.all...), append([]string{}, a.from...)
}

// invoked is what the function was invoked with, in turn: text and dequeue count.
func invoked(t *testing.T, b *bench) (texts []string) {
	t.Helper()
	for _, s := range b.control.to("/RunJob") {
		texts = append(texts, string(s.payload(t).Data["job"])+" "+dequeueCount(t, s))
	}
	return texts
}

func TestAPlanKnowsTheMessageEachTimeItIsReceived(t *testing.T) {
	t.Parallel()
	name := queueName("planned")
	var a asked
	b := queueBench(t, name, Config{Deliver: func(queue string, m QueueMessageInfo) Delivery {
		a.add(queue, m)
		return Delivery{}
	}})
	b.control.order("/RunJob", act{Status: 500}, act{Status: 200, ContentType: "application/json", Body: "{}"})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text(`{"jobId":"42"}`))
	awaitLength(t, queue, 0)

	all, from := a.snapshot()
	if len(all) != 2 || from[0] != name || from[1] != name {
		t.Fatalf("asked about %+v of %v, want one message twice", all, from)
	}
	if all[0].ID == "" || all[0].ID != all[1].ID {
		t.Errorf("the ids are %q and %q", all[0].ID, all[1].ID)
	}
	for i := range all {
		if all[i].DequeueCount != int64(i+1) || all[i].Body != `{"jobId":"42"}` {
			t.Errorf("receive %d: %+v", i+1, all[i])
		}
	}
}

func TestALateMessageIsOvertakenAndComesWithAHigherDequeueCount(t *testing.T) {
	t.Parallel()
	name := queueName("late")
	b := queueBench(t, name, Config{Deliver: func(_ string, m QueueMessageInfo) Delivery {
		if m.Body == "first" && m.DequeueCount == 1 {
			return Delivery{Late: 1200 * time.Millisecond, Twice: DeliverTwice}
		}
		return Delivery{}
	}})
	queue := createQueue(t, name)
	began := time.Now()
	enqueue(t, queue, base64Text("first"))
	b.awaitLog(t, "message is late")
	enqueue(t, queue, base64Text("second"))
	awaitLength(t, queue, 0)
	took := time.Since(began)
	if diff := cmp.Diff([]string{`"\"second\"" 1`, `"\"first\"" 2`}, invoked(t, b)); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
	if took < 2*time.Second { // in whole seconds, rounded up
		t.Errorf("the late message came after %s", took)
	}
}

func TestLatenessAlonePoisonsNothing(t *testing.T) {
	t.Parallel()
	name := queueName("always-late")
	var a asked
	b := queueBench(t, name, Config{Deliver: func(queue string, m QueueMessageInfo) Delivery {
		a.add(queue, m)
		return Delivery{Late: time.Second}
	}})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))
	awaitLength(t, queue, 0)
	// maxDequeueCount is 2: the second receive is the last one.
	if diff := cmp.Diff([]string{`"\"job\"" 2`}, invoked(t, b)); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
	if all, _ := a.snapshot(); len(all) != 2 {
		t.Errorf("the plan was asked %d times, want twice", len(all))
	}
	if got := length(t, queueClient(t, name+"-poison")); got != -1 {
		t.Errorf("%d messages are poison", got)
	}
}

func TestAMessageThatIsPoisonOnRequestIsNeverInvoked(t *testing.T) {
	t.Parallel()
	name := queueName("poisoned")
	b := queueBench(t, name, Config{Deliver: func(_ string, m QueueMessageInfo) Delivery {
		if m.Body == "bad" {
			return Delivery{Poison: true, Late: time.Hour, Twice: DeliverTwice} // poison goes before the others
		}
		return Delivery{}
	}})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("bad"))
	enqueue(t, queue, base64Text("good"))
	awaitLength(t, queue, 0)
	poison := queueClient(t, name+"-poison")
	awaitLength(t, poison, 1)
	copied, err := poison.DequeueMessage(t.Context(), nil)
	if err != nil || *copied.Messages[0].MessageText != base64Text("bad") {
		t.Errorf("the poison queue has %+v, %v", copied.Messages, err)
	}
	if diff := cmp.Diff([]string{`"\"good\"" 1`}, invoked(t, b)); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
}

func TestAPlanMakesDuplicatesOfTheMessagesThatItNames(t *testing.T) {
	t.Parallel()
	name := queueName("some-twice")
	b := queueBench(t, name, Config{Deliver: func(_ string, m QueueMessageInfo) Delivery {
		if m.Body == "twice" {
			return Delivery{Twice: DeliverTwice}
		}
		return Delivery{}
	}})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("once"))
	awaitLength(t, queue, 0)
	enqueue(t, queue, base64Text("twice"))
	awaitLength(t, queue, 0)
	if diff := cmp.Diff([]string{`"\"once\"" 1`, `"\"twice\"" 1`, `"\"twice\"" 1`}, invoked(t, b)); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
}

func TestDeliverAndDeliverTwiceExcludeEachOther(t *testing.T) {
	t.Parallel()
	plan := func(string, QueueMessageInfo) Delivery { return Delivery{} }
	for _, c := range []Config{
		{ScriptRoot: ".", Deliver: plan, DeliverTwice: DeliverTwice},
		{ScriptRoot: ".", QueueLease: 1500 * time.Millisecond},
		{ScriptRoot: ".", QueueLease: -time.Second},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}
