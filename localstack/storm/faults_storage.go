package storm

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"certgate/localstack/fault"
	"certgate/localstack/storagedoor"
)

// storageFaults is the storm at the storage door: the fate of each call, the kills
// around rows and messages, and the count of stored steps that all else goes by.
type storageFaults struct {
	stream Stream
	blows  *atomic.Bool // false: nothing goes wrong, but steps are counted
	killer *killer
	// stored is told how many steps have been stored so far.
	stored func(steps int)
	// poisoned is told the body of each message that goes to the poison queue.
	poisoned func(message []byte)

	calls atomic.Uint64
	steps atomic.Int64
	hits  atomic.Int64
}

// laneFlow is the flow of the gateway's one writer, as its rows name it.
const laneFlow = "GatewayLane"

// stepRow marks a request that stores a step: a batch with a history row.
const stepRow = "X-Storm-Step-Row"

func (f *storageFaults) hooks() storagedoor.Hooks {
	return storagedoor.Hooks{Before: f.before, OnAnswer: f.answered}
}

func (f *storageFaults) before(service string, r *http.Request) fault.Fault {
	kind := storagedoor.Kind(service, r)
	guarded := false // by an If-Match
	switch kind {
	case "table batch":
		body := bodyOf(r)
		guarded = bytes.Contains(body, []byte("If-Match: W/"))
		stores := bytes.Contains(body, []byte(`"h|`))
		if stores {
			r.Header.Set(stepRow, "1")
		}
		if bytes.Contains(body, []byte(`"`+laneFlow+`"`)) {
			// The writer's rows without a history row are those that take the lease.
			f.killer.hold(!stores && bytes.Contains(body, []byte(`"`+laneSteps[0]+`"`)))
		}
	case "queue put":
		if strings.Contains(r.URL.Path, "-poison/") {
			f.poisoned(bodyOf(r))
		}
	}
	if !f.blows.Load() {
		return fault.Fault{}
	}
	if kind == "table batch" && r.Header.Get(stepRow) != "" && f.killer.at(BeforeRow, r) || kind == "queue put" && f.killer.at(BeforePut, r) {
		return fault.Fault{Drop: true}
	}
	return f.fate(guarded)
}

// fate is what the plan has for this call, as far as the service could answer so.
// There is no 409 in it: storage says that something exists only if it does, and the
// handler may believe that. True ones follow from lost answers, which clients repeat.
func (f *storageFaults) fate(guarded bool) fault.Fault {
	m := f.stream.At(f.calls.Add(1))
	if m.Status == http.StatusPreconditionFailed && !guarded {
		return fault.Fault{}
	}
	if m != (Mishap{}) {
		f.hits.Add(1)
	}
	return fault.Fault{Delay: m.Delay, Drop: m.Lost, DropAnswer: m.AnswerLost, Status: m.Status, RetryAfter: m.RetryAfter}
}

func (f *storageFaults) answered(service string, r *http.Request, status int) {
	if status >= 300 {
		return
	}
	stores := r.Header.Get(stepRow) != ""
	if stores {
		f.stored(int(f.steps.Add(1)))
	}
	switch {
	case !f.blows.Load():
	case stores:
		f.killer.at(AfterRow, r)
	case storagedoor.Kind(service, r) == "queue put":
		f.killer.at(AfterPut, r)
	}
}

// bodyOf reads a request's body and leaves it readable.
func bodyOf(r *http.Request) []byte {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = nil // the client has gone; the emulator will notice
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body
}
