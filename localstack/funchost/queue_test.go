package funchost

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"certgate/localstack/waittest"
)

// queueName is new in every run: the emulator outlives -count.
func queueName(suffix string) string { return "t" + uuid.NewString()[:8] + "-" + suffix }

func queueBench(t *testing.T, queue string, config Config) *bench {
	t.Helper()
	config.Env = append(config.Env, "AzureWebJobsStorage="+storage(t))
	return newBench(t, appFiles{"host.json": hostJSON(queuesJSON), "RunJob/function.json": queueFunction(queue)}, config)
}

func dequeueCount(t *testing.T, s seen) string {
	t.Helper()
	var count string
	if err := json.Unmarshal(s.payload(t).Metadata["DequeueCount"], &count); err != nil {
		t.Fatalf("DequeueCount: %v", err)
	}
	return count
}

func TestQueueMessageArrivesTwiceEncodedAndIsDeleted(t *testing.T) {
	t.Parallel()
	name := queueName("encoded")
	b := queueBench(t, name, Config{})
	queue := createQueue(t, name) // made after the host: it polls a missing queue
	enqueue(t, queue, base64Text(`{"jobId":"42"}`))

	got := b.control.await(t, "/RunJob", 1)
	if got.Method != "POST" || !got.Chunked || got.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("invocation is %s chunked=%t %q", got.Method, got.Chunked, got.Header.Get("Content-Type"))
	}
	if got.Header.Get("X-Azure-Functions-InvocationId") == "" || got.Header.Get("User-Agent") != "Azure-Functions-Host/"+hostVersion {
		t.Errorf("headers are %v", got.Header)
	}
	var text, message string
	if err := json.Unmarshal(got.payload(t).Data["job"], &text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &message); err != nil {
		t.Fatalf("Data.job %q is not JSON text: %v", text, err)
	}
	if message != `{"jobId":"42"}` {
		t.Errorf("message is %q", message)
	}
	if got := dequeueCount(t, got); got != "1" {
		t.Errorf("dequeue count is %q", got)
	}
	awaitLength(t, queue, 0)
	if got := len(b.control.to("/RunJob")); got != 1 {
		t.Errorf("%d invocations instead of one", got)
	}
}

func TestFailedMessageComesAgainAndThenGoesToPoison(t *testing.T) {
	t.Parallel()
	name := queueName("failing")
	b := queueBench(t, name, Config{})
	b.control.order("/RunJob", act{Status: 500, Body: "no"})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))

	poison := queueClient(t, name+"-poison")
	awaitLength(t, poison, 1)
	awaitLength(t, queue, 0)
	var counts []string
	for _, s := range b.control.to("/RunJob") {
		counts = append(counts, dequeueCount(t, s))
	}
	if diff := cmp.Diff([]string{"1", "2"}, counts); diff != "" {
		t.Errorf("dequeue counts (-want +got):\n%s", diff)
	}
	copied, err := poison.DequeueMessage(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := *copied.Messages[0].MessageText; got != base64Text("job") {
		t.Errorf("poison copy is %q", got)
	}
}

func TestLastAttemptGoesToPoisonAtOnce(t *testing.T) {
	t.Parallel()
	name := queueName("at-once")
	b := queueBench(t, name, Config{Env: []string{
		"AzureFunctionsJobHost__extensions__queues__maxDequeueCount=1",
		"AzureFunctionsJobHost__extensions__queues__visibilityTimeout=01:00:00",
	}})
	b.control.order("/RunJob", act{Status: 500})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))
	awaitLength(t, queueClient(t, name+"-poison"), 1)
	awaitLength(t, queue, 0)
}

func TestBodyThatIsNotBase64GoesToPoisonWithoutInvocation(t *testing.T) {
	t.Parallel()
	name := queueName("plain")
	b := queueBench(t, name, Config{})
	queue := createQueue(t, name)
	enqueue(t, queue, `{"jobId":"42"}`)

	awaitLength(t, queueClient(t, name+"-poison"), 1)
	awaitLength(t, queue, 0)
	if got := len(b.control.to("/RunJob")); got != 0 {
		t.Errorf("%d invocations of a message that cannot be decoded", got)
	}
}

func TestPlainBodyIsInvokedWithMessageEncodingNone(t *testing.T) {
	t.Parallel()
	name := queueName("unencoded")
	b := queueBench(t, name, Config{Env: []string{"AzureFunctionsJobHost__extensions__queues__messageEncoding=none"}})
	queue := createQueue(t, name)
	enqueue(t, queue, "a <plain> & simple text")

	got := b.control.await(t, "/RunJob", 1)
	if want := `"\"a <plain> & simple text\""`; string(got.payload(t).Data["job"]) != want {
		t.Errorf("Data.job is %s, want %s", got.payload(t).Data["job"], want)
	}
	awaitLength(t, queue, 0)
}

func TestFailedMessageOfAPoisonQueueHasNoPoisonQueueOfItsOwn(t *testing.T) {
	t.Parallel()
	name := queueName("sick-poison")
	b := queueBench(t, name, Config{})
	b.control.order("/RunJob", act{Status: 500})
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))

	b.awaitLog(t, "stays invisible until its lease ends")
	if got := length(t, queue); got != 1 {
		t.Errorf("the queue has %d messages, want the failed one under its lease", got)
	}
	if got := length(t, queueClient(t, name+"-poison")); got != -1 {
		t.Errorf("a poison queue of the poison queue has %d messages", got)
	}
}

func TestKilledHandlerGetsTheMessageAgainWithDequeueCountTwo(t *testing.T) {
	t.Parallel()
	name := queueName("killed")
	b := queueBench(t, name, Config{})
	b.control.hold("/RunJob")
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))

	first := b.control.await(t, "/RunJob", 1)
	before := b.HandlerPID()
	if err := b.KillHandler(); err != nil {
		t.Fatal(err)
	}
	b.control.letGo()
	waittest.Until(t, waittest.Patience, "another handler runs", func() bool { pid := b.HandlerPID(); return pid != 0 && pid != before })
	second := b.control.await(t, "/RunJob", 2)
	if got := dequeueCount(t, second); got != "2" {
		t.Errorf("dequeue count after the kill is %q", got)
	}
	if first.PID == second.PID {
		t.Errorf("both invocations ran in process %d", first.PID)
	}
	awaitLength(t, queue, 0)
}

func TestLeaseIsRenewedWhileTheFunctionRuns(t *testing.T) {
	t.Parallel()
	name := queueName("long")
	b := prepareBench(t, appFiles{"host.json": hostJSON(queuesJSON), "RunJob/function.json": queueFunction(name)},
		Config{Env: []string{"AzureWebJobsStorage=" + storage(t)}, QueueLease: 2 * time.Second})
	b.control.hold("/RunJob")
	b.start(t)
	b.awaitReady(t)
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))

	b.control.await(t, "/RunJob", 1)
	waittest.Until(t, waittest.Patience, "the lease was renewed three times, past its first end", func() bool { return b.logs.count("lease of the message renewed") >= 3 })
	b.control.letGo()
	awaitLength(t, queue, 0)
	if got := len(b.control.to("/RunJob")); got != 1 {
		t.Errorf("%d invocations: the message became visible while it was being worked on", got)
	}
}

func TestEveryMessageIsDeliveredTwiceOnRequest(t *testing.T) {
	t.Parallel()
	for _, mode := range []Duplicate{DeliverTwice, DeliverTwiceAtOnce} {
		t.Run(fmt.Sprint(mode), func(t *testing.T) {
			t.Parallel()
			name := queueName("twice")
			b := queueBench(t, name, Config{DeliverTwice: mode})
			if mode == DeliverTwiceAtOnce {
				b.control.hold("/RunJob") // both must be there before one is answered
			}
			queue := createQueue(t, name)
			enqueue(t, queue, base64Text("job"))
			first, second := b.control.await(t, "/RunJob", 1), b.control.await(t, "/RunJob", 2)
			b.control.letGo()
			awaitLength(t, queue, 0)
			if got := len(b.control.to("/RunJob")); got != 2 {
				t.Errorf("%d deliveries instead of two", got)
			}
			for _, key := range []string{"Id", "PopReceipt", "DequeueCount"} {
				if a, b := first.payload(t).Metadata[key], second.payload(t).Metadata[key]; string(a) != string(b) || len(a) == 0 {
					t.Errorf("%s differs between the duplicates: %s and %s", key, a, b)
				}
			}
			if first.Header.Get("X-Azure-Functions-InvocationId") == second.Header.Get("X-Azure-Functions-InvocationId") {
				t.Error("both duplicates have one invocation id")
			}
		})
	}
}

func TestFailedDuplicateKeepsTheMessage(t *testing.T) {
	t.Parallel()
	name := queueName("second-fails")
	b := queueBench(t, name, Config{DeliverTwice: DeliverTwice})
	ok := act{Status: 200, ContentType: "application/json", Body: "{}"}
	b.control.order("/RunJob", ok, act{Status: 500}, ok)
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))

	if got := dequeueCount(t, b.control.await(t, "/RunJob", 3)); got != "2" {
		t.Errorf("dequeue count after the failed duplicate is %q", got)
	}
	awaitLength(t, queue, 0)
}

func TestSerialQueueRunsOneMessageAtATime(t *testing.T) {
	t.Parallel()
	name := queueName("serial")
	b := queueBench(t, name, Config{Env: []string{
		"AzureFunctionsJobHost__extensions__queues__batchSize=1",
		"AzureFunctionsJobHost__extensions__queues__newBatchThreshold=0",
	}})
	b.control.hold("/RunJob")
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("one"))
	enqueue(t, queue, base64Text("two"))

	b.control.await(t, "/RunJob", 1)
	// The second message stays visible: a peek finds it.
	peeked, err := queue.PeekMessage(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(peeked.Messages) != 1 || len(b.control.to("/RunJob")) != 1 {
		t.Errorf("%d messages wait and %d run, want one and one", len(peeked.Messages), len(b.control.to("/RunJob")))
	}
	b.control.letGo()
	b.control.await(t, "/RunJob", 2)
	awaitLength(t, queue, 0)
}

func TestStoppingHostFinishesWhatIsInFlightAndKillsTheHandler(t *testing.T) {
	t.Parallel()
	name := queueName("stop")
	b := queueBench(t, name, Config{})
	b.control.hold("/RunJob")
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))
	b.control.await(t, "/RunJob", 1)

	b.stop()
	waittest.Until(t, waittest.Patience, "HTTP is closed", func() bool {
		_, err := http.Get(b.url("/"))
		return err != nil
	})
	b.control.letGo()
	select {
	case err := <-b.ended:
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
	case <-time.After(waittest.Patience):
		t.Fatal("the host does not stop")
	}
	if pid := b.HandlerPID(); pid != 0 {
		t.Errorf("handler %d is alive", pid)
	}
	awaitLength(t, queue, 0)
}

func TestQueueFunctionRunsByHand(t *testing.T) {
	t.Parallel()
	name := queueName("by-hand")
	b := queueBench(t, name, Config{})
	b.trigger(t, "runjob", `{"jobId":"7"}`)
	got := b.control.await(t, "/RunJob", 1)
	if want := `"\"{\\\"jobId\\\":\\\"7\\\"}\""`; string(got.payload(t).Data["job"]) != want {
		t.Errorf("Data.job is %s, want %s", got.payload(t).Data["job"], want)
	}
}
