package invoke

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
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

// ReadQueue reads a queue trigger's body. The errors are ErrTooLarge, with the start of
// the body in place of the text, and ErrMalformed, which no redelivery mends, or a
// broken connection.
func ReadQueue(r *http.Request, binding string) (Message, error) {
	e, data, err := read(r, binding)
	if errors.Is(err, ErrTooLarge) {
		return Message{Text: e.start}, err
	}
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

// MarksOfOutside are headers that the host never sets on a trigger's POST and that a
// request from outside bears: the first four from a caller or the platform's sign-in,
// the others because the host sets them on what it passes on. A name that ends in *
// stands for all that begin so.
var MarksOfOutside = []string{
	"Authorization", "Cookie", "X-Ms-Client-Principal*", "X-Ms-Original-Url", "X-Forwarded-*", "Forwarded", "X-Ms-Invocation-Id",
}

// Outside says what shows that a request did not begin at the host: a header of
// MarksOfOutside, or a content type other than JSON; "" if nothing does. Headers that
// are not known pass: a newer host may add some.
func Outside(r *http.Request) string {
	for name := range r.Header {
		for _, mark := range MarksOfOutside {
			prefix, open := strings.CutSuffix(mark, "*")
			if name == mark || open && strings.HasPrefix(name, prefix) {
				return mark
			}
		}
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return "Content-Type"
	}
	return ""
}
