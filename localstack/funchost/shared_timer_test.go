package funchost

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"certgate/localstack/waittest"
)

// timersOf is a bench with a timer whose status is in a storage account of its own
// name.
func timersOf(t *testing.T, name string) *bench {
	t.Helper()
	b := prepareBench(t, appFiles{
		"host.json":             hostJSON(""),
		name + "/function.json": `{"bindings":[{"type":"timerTrigger","direction":"in","name":"tick","schedule":"0 * * * * *"}]}`,
		"Ask/function.json":     httpFunction(""),
	}, Config{Env: []string{"AzureWebJobsStorage=" + storage(t)}})
	b.Host.takeover = 50 * time.Millisecond
	return b
}

func pastDue(t *testing.T, s seen) bool {
	t.Helper()
	var info struct{ IsPastDue bool }
	if err := json.Unmarshal(s.payload(t).Data["tick"], &info); err != nil {
		t.Fatal(err)
	}
	return info.IsPastDue
}

func TestARunThatWasMissedComesOnceAtTheNextStart(t *testing.T) {
	t.Parallel()
	shared, err := newBlobTimer(storage(t), "Missed")
	if err != nil {
		t.Fatal(err)
	}
	_, release, err := shared.hold(t.Context()) // makes the container
	if err != nil {
		t.Fatal(err)
	}
	release()
	last := time.Now().Add(-time.Hour)
	if err := shared.save(t.Context(), timerStatus{Last: last, Next: last.Add(time.Minute), LastUpdated: last}); err != nil {
		t.Fatal(err)
	}
	b := timersOf(t, "Missed")
	b.start(t)
	b.awaitReady(t)
	if !pastDue(t, b.control.await(t, "/Missed", 1)) {
		t.Error("the run that makes up for the missed ones is not past due")
	}
	waittest.Until(t, waittest.Patience, "the run is noted", func() bool {
		s, ok, err := shared.load(t.Context())
		return err == nil && ok && s.Last.After(last) && s.Next.After(time.Now())
	})
	b.trigger(t, "Missed", "")
	if pastDue(t, b.control.await(t, "/Missed", 2)) {
		t.Error("a second run is past due as well")
	}
}

func TestOneHostOfAnAppFiresATimerUntilItIsGone(t *testing.T) {
	t.Parallel()
	first, second := timersOf(t, "Single"), timersOf(t, "Single")
	first.start(t)
	first.awaitReady(t)
	first.awaitLog(t, "this host fires the timer")
	second.start(t)
	second.awaitReady(t)
	second.awaitLog(t, "another host fires this timer")
	if second.logs.count("this host fires the timer") != 0 {
		t.Fatal("both hosts fire the timer")
	}
	first.stop()
	second.awaitLog(t, "this host fires the timer")
}

func TestAHandlerThatOutlastsTheStopIsAnOrphanAndItsMessageStaysLeased(t *testing.T) {
	t.Parallel()
	name := queueName("orphan")
	b := prepareBench(t, appFiles{"host.json": hostJSON(queuesJSON), "RunJob/function.json": queueFunction(name)},
		Config{Env: []string{"AzureWebJobsStorage=" + storage(t)}})
	b.Host.stopLimit = 100 * time.Millisecond
	t.Cleanup(b.KillOrphans)
	b.control.hold("/RunJob")
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))
	b.start(t)
	b.awaitReady(t)
	pid := b.control.await(t, "/RunJob", 1).PID
	b.stop()
	select {
	case err := <-b.ended:
		if err != nil {
			t.Errorf("Run returned %v", err)
		}
	case <-time.After(waittest.Patience):
		t.Fatal("the host waits for the step")
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the handler is gone: %v", err)
	}
	if peeked, err := queue.PeekMessage(t.Context(), nil); err != nil || len(peeked.Messages) != 0 || length(t, queue) != 1 {
		t.Errorf("the message was given back or deleted: %d in the queue, %d visible, %v", length(t, queue), len(peeked.Messages), err)
	}
	b.KillOrphans()
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("the orphan outlives the machine")
	}
}

func TestAMessageThatIsNotUTF8NeverReachesTheHandler(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		queue string
		left  int // messages that stay in the queue
		moved int // messages in its poison queue
	}{{queueName("bytes"), 0, 1}, {queueName("bytes") + "-poison", 1, -1}} {
		b := queueBench(t, c.queue, Config{})
		queue := createQueue(t, c.queue)
		enqueue(t, queue, base64Text("\xff\xfe job"))
		b.awaitLog(t, "the message is not UTF-8")
		awaitLength(t, queueClient(t, c.queue+"-poison"), c.moved)
		if c.left == 1 {
			b.awaitLog(t, "stays invisible until its lease ends")
		}
		awaitLength(t, queue, c.left)
		if n := len(b.control.to("/RunJob")); n != 0 {
			t.Errorf("%s: %d invocations", c.queue, n)
		}
	}
}
