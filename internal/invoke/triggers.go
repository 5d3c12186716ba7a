package invoke

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Message is a queue message as the host delivers it.
type Message struct {
	// Text is the message's own text, whatever it is.
	Text []byte
	// ID is the queue's own, the same each time that the message is delivered; "" if
	// the host does not say. A member "id" of the text takes its place.
	ID string
	// DequeueCount is how often it has been delivered, this time included; 1 if
	// the host does not say.
	DequeueCount int
}

// ReadQueue reads a queue trigger's body. The errors are ErrTooLarge and
// ErrMalformed, which no redelivery mends, or a broken connection.
func ReadQueue(r *http.Request, binding string) (Message, error) {
	e, data, err := read(r, binding)
	if err != nil {
		return Message{}, err
	}
	return Message{Text: unwrap(data), ID: text(e.Metadata.ID), DequeueCount: count(e.Metadata.DequeueCount)}, nil
}

// Timer is one firing of a timer trigger.
type Timer struct {
	// PastDue says that the firing is late: the app was not running on time.
	PastDue bool
}

// ReadTimer reads a timer trigger's body. Its errors are those of ReadQueue.
func ReadTimer(r *http.Request, binding string) (Timer, error) {
	_, data, err := read(r, binding)
	if err != nil {
		return Timer{}, err
	}
	var wire struct{ IsPastDue bool }
	if err := json.Unmarshal(unwrap(data), &wire); err != nil {
		return Timer{}, fmt.Errorf("%w: timer %q: %w", ErrMalformed, binding, err)
	}
	return Timer{PastDue: wire.IsPastDue}, nil
}

// ID is the host's id of this invocation, for the log; "" if there is none. A
// client can send this header too, so nothing may depend on it.
func ID(r *http.Request) string { return r.Header.Get("X-Azure-Functions-InvocationId") }

// FromProxy reports whether the host passed the request on from outside. The
// host never sets these headers on a trigger's POST, so a trigger endpoint
// refuses a request that has one: somebody outside forged it.
func FromProxy(r *http.Request) bool {
	return len(r.Header.Values("X-Forwarded-Host")) > 0 || len(r.Header.Values("X-Ms-Invocation-Id")) > 0
}
