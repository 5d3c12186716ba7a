package funchost

import (
	"context"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"certgate/localstack/waittest"
)

// lives is a bench whose host can be killed and run again.
type lives struct {
	*bench
	kill context.CancelCauseFunc
	over chan struct{} // closed at the end of the present run
}

func newLives(t *testing.T, queue string, config Config) *lives {
	t.Helper()
	config.Env = append(config.Env, "AzureWebJobsStorage="+storage(t))
	l := &lives{bench: prepareBench(t, appFiles{
		"host.json": hostJSON(queuesJSON), "RunJob/function.json": queueFunction(queue), "Ask/function.json": httpFunction(`,"authLevel":"anonymous"`),
	}, config)}
	t.Cleanup(func() {
		l.control.letGo()
		l.kill(ErrKilled)
		<-l.over
		if t.Failed() {
			t.Logf("log of the host:\n%s", l.logs)
		}
	})
	l.run(t)
	return l
}

func (l *lives) run(t *testing.T) {
	t.Helper()
	ctx, kill := context.WithCancelCause(context.Background())
	l.kill, l.over = kill, make(chan struct{})
	go func(over chan struct{}) {
		defer close(over)
		l.ended <- l.Run(ctx)
	}(l.over)
	l.awaitReady(t)
}

// die kills the host and waits for its end.
func (l *lives) die(t *testing.T) {
	t.Helper()
	l.kill(ErrKilled)
	select {
	case err := <-l.ended:
		if err != nil {
			t.Fatalf("Run returned %v", err)
		}
	case <-time.After(waittest.Patience):
		t.Fatal("the host does not die")
	}
}

func TestAKilledHostLeavesItsMessagesToTheirLease(t *testing.T) {
	t.Parallel()
	name := queueName("host-killed")
	l := newLives(t, name, Config{QueueLease: 3 * time.Second})
	l.control.hold("/RunJob")
	queue := createQueue(t, name)
	enqueue(t, queue, base64Text("job"))
	first := l.control.await(t, "/RunJob", 1)

	began := time.Now()
	l.die(t)
	if took := time.Since(began); took >= stopLimit {
		t.Errorf("the killed host took %s for its end", took)
	}
	if err := syscall.Kill(first.PID, 0); err == nil {
		t.Errorf("handler %d is alive", first.PID)
	}
	if got := length(t, queue); got != 1 {
		t.Errorf("the queue has %d messages, want the one in flight", got)
	}
	if peeked, err := queue.PeekMessage(t.Context(), nil); err != nil || len(peeked.Messages) != 0 {
		t.Errorf("the message was given back: %v %v", peeked.Messages, err)
	}

	l.control.letGo()
	l.run(t)
	second := l.control.await(t, "/RunJob", 2)
	if diff := cmp.Diff([]string{"1", "2"}, []string{dequeueCount(t, first), dequeueCount(t, second)}); diff != "" {
		t.Errorf("dequeue counts (-want +got):\n%s", diff)
	}
	if waited := time.Since(began); waited < time.Second {
		t.Errorf("the message came again after %s, long before its lease can have ended", waited)
	}
	awaitLength(t, queue, 0)
}

func TestAStoppedHostGivesItsMessagesBackAKilledOneDoesNot(t *testing.T) {
	t.Parallel()
	for _, kill := range []bool{false, true} {
		name := queueName("given-back")
		// Between the death of the handler and its own end the host may receive the
		// message again and again; the last receive would make it poison.
		l := newLives(t, name, Config{MaxHandlerErrors: 1, Env: []string{"AzureFunctionsJobHost__extensions__queues__maxDequeueCount=10000"}})
		l.control.hold("/RunJob")
		queue := createQueue(t, name)
		enqueue(t, queue, base64Text("job"))
		l.control.await(t, "/RunJob", 1)
		if kill {
			l.die(t)
		} else {
			// The handler fails for the last time: its host still completes.
			if err := l.KillHandler(); err != nil {
				t.Fatal(err)
			}
			<-l.ended
		}
		peeked, err := queue.PeekMessage(t.Context(), nil)
		if err != nil || (len(peeked.Messages) == 0) != kill {
			t.Errorf("killed %v: visible messages %v, %v", kill, peeked.Messages, err)
		}
	}
}

func TestClientsOfAKilledHostMeetBrokenConnections(t *testing.T) {
	t.Parallel()
	l := newLives(t, queueName("clients"), Config{})
	address := l.Addr()
	l.control.hold("/api/Ask")
	asked := make(chan error, 1)
	go func() {
		response, err := http.Get(l.url("/api/Ask"))
		if err == nil {
			response.Body.Close()
		}
		asked <- err
	}()
	l.control.await(t, "/api/Ask", 1)
	l.die(t)
	if err := <-asked; err == nil {
		t.Error("the killed host answered")
	}
	if _, err := http.Get("http://" + address + "/api/Ask"); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v, want a refused connection", err)
	}
	l.control.letGo()
	l.run(t)
	if l.Addr() != address {
		t.Errorf("the new host is at %s, the old one was at %s", l.Addr(), address)
	}
	if status, _ := l.request(t, "GET", "/api/Ask", ""); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}

func TestReadyIsOfThePresentRun(t *testing.T) {
	t.Parallel()
	l := newLives(t, queueName("ready"), Config{})
	if err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "runs already") {
		t.Errorf("a second Run at the same time: %v", err)
	}
	l.die(t)
	select {
	case <-l.Ready():
		t.Error("a dead host says that it is ready")
	default:
	}
	if err := l.KillHandler(); err == nil || l.HandlerPID() != 0 {
		t.Errorf("a dead host has handler %d, %v", l.HandlerPID(), err)
	}
	l.run(t)
	if l.HandlerPID() == 0 || l.HandlerPID() == os.Getpid() {
		t.Errorf("the handler is %d", l.HandlerPID())
	}
}

// The platform starts the handler again at once, however often it dies.
func TestManyKillsOfTheHandlerTakeNoLongerThanItsStarts(t *testing.T) {
	t.Parallel()
	const kills = 20
	b := timerBench(t, hostJSON(""), Config{MaxHandlerErrors: 1000})
	began := time.Now()
	for n := range kills {
		waittest.Until(t, waittest.Patience, "a handler runs", func() bool { return b.KillHandler() == nil })
		waittest.Until(t, waittest.Patience, "the death is counted", func() bool { return b.logs.count("handler failed") > n })
	}
	waittest.Until(t, waittest.Patience, "the last one is ready", func() bool { return b.logs.count("handler ready") > 0 && b.HandlerPID() != 0 })
	t.Logf("%d kills in %s", kills, time.Since(began))
}
