package boundary

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"

	"certgate/internal/durable"
	"certgate/localstack/funchost"
)

// Boundary is where in a step the handler is killed.
type Boundary string

const (
	// BeforeEffect: the handler has the invocation and has done nothing.
	BeforeEffect Boundary = "before its effect"
	// BeforeRow: the step has had its effect, storage has not got the row.
	BeforeRow Boundary = "after its effect, before the row"
	// BeforeMessage: storage has the row, the handler does not know that and has
	// sent nothing.
	BeforeMessage Boundary = "after the row, before the message"
	// BeforeFirstMessage is no boundary of a step but of a start: storage has the new
	// row, and the one that started it does not know that and has sent nothing.
	BeforeFirstMessage Boundary = "after the first row, before the first message"
	// BeforeReply: everything is done, the host has no reply. The last step of a
	// flow sends no message; it has told of the end.
	BeforeReply Boundary = "after the message, before the reply"
)

// Boundaries lists them in the order of a step.
func Boundaries() []Boundary { return []Boundary{BeforeEffect, BeforeRow, BeforeMessage, BeforeReply} }

// Killer kills the handler at one boundary, once for each step, or at
// BeforeFirstMessage once for each flow. The stack gets
// its Witness and HandlerStarted when it is started, and its Hooks afterwards;
// only with Attach does it begin to kill.
type Killer struct {
	at     Boundary
	ledger *ledger
	kill   atomic.Pointer[func() error]

	starts  atomic.Int64  // of the handler so far
	started chan struct{} // has an item after a start
	turn    sync.Mutex    // one kill at a time
	calls   sync.RWMutex  // held to read while the API is called

	underWay sync.Map // requests: number to write or durable.Message
	numbers  atomic.Int64
	broken   atomic.Pointer[error]
}

// New makes a Killer for a boundary.
func New(at Boundary) *Killer {
	return &Killer{at: at, ledger: newLedger(), started: make(chan struct{}, 1)}
}

// HandlerStarted is for localstack.Options.OnHandlerStart.
func (k *Killer) HandlerStarted(int) {
	k.starts.Add(1)
	select {
	case k.started <- struct{}{}:
	default:
	}
}

// Attach arms the Killer; kill ends the handler with SIGKILL and waits for its
// death.
func (k *Killer) Attach(kill func() error) { k.kill.Store(&kill) }

// Call runs something that talks to the API. No kill breaks it: who calls and
// what is killed are two matters here.
func (k *Killer) Call(talk func()) {
	k.calls.RLock()
	defer k.calls.RUnlock()
	talk()
}

// Instances lists every instance as it is stored, hidden ones included.
func (k *Killer) Instances() []durable.Instance { return k.ledger.all() }

// Started reports whether an instance is there and its first message is sent.
func (k *Killer) Started(id string) bool {
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	return k.ledger.sent[id]
}

// Killed reports whether the handler was killed at the boundary of the step.
func (k *Killer) Killed(s Step) bool {
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	return k.ledger.killed[s]
}

// Kills counts the kills: those of steps, and of turns that store nothing because
// they wait to be woken.
func (k *Killer) Kills() (steps, parked int) {
	k.ledger.mu.Lock()
	defer k.ledger.mu.Unlock()
	return len(k.ledger.killed), len(k.ledger.parked)
}

// Err is what kept the Killer from seeing what happens, if anything did.
func (k *Killer) Err() error {
	if err := k.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// strike kills the handler unless it has died since the caller met it, and
// returns when the next one is starting.
func (k *Killer) strike(set map[Step]bool, s Step) bool {
	kill := k.kill.Load()
	if kill == nil || !k.ledger.first(set, s) {
		return false
	}
	alive := k.starts.Load()
	k.turn.Lock()
	defer k.turn.Unlock()
	k.calls.Lock()
	defer k.calls.Unlock()
	if k.starts.Load() != alive {
		return true // another kill met this one, too
	}
	select {
	case <-k.started: // of an earlier start
	default:
	}
	if err := (*kill)(); err != nil {
		k.fail(err)
		return true
	}
	<-k.started
	return true
}

func (k *Killer) fail(err error) { k.broken.CompareAndSwap(nil, &err) }

// Witness sees the first and the last boundary.
func (k *Killer) Witness() funchost.Witness {
	return funchost.Witness{
		Begun: func(queue string, m funchost.QueueMessageInfo) {
			if message, ok := k.message(queue, m); ok && k.at == BeforeEffect {
				if step, ok := k.ledger.current(message); ok {
					k.strike(k.ledger.killed, step)
				}
			}
		},
		Replied: func(queue string, m funchost.QueueMessageInfo) bool {
			message, ok := k.message(queue, m)
			if !ok {
				return false
			}
			if step, ok := k.ledger.done(message); ok {
				return k.at == BeforeReply && k.strike(k.ledger.killed, step)
			}
			// A turn that parks has its effect and no row: nothing follows but the reply.
			step, ok := k.ledger.current(message)
			return ok && k.at == BeforeRow && k.strike(k.ledger.parked, step)
		},
	}
}

// message reads a message of the engine; those of the poison queue run no step.
func (k *Killer) message(queue string, info funchost.QueueMessageInfo) (m durable.Message, ok bool) {
	if strings.HasSuffix(queue, "-poison") {
		return m, false
	}
	if err := json.Unmarshal([]byte(info.Body), &m); err != nil {
		k.fail(err)
		return m, false
	}
	return m, true
}
