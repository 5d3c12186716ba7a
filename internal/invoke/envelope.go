// Package invoke speaks the wire format between the Functions host and a custom
// handler, in both directions: the body of a queue or timer trigger's POST, and
// the reply that tells the host whether the invocation succeeded.
//
// The host encodes most trigger data twice: a JSON string that holds JSON text.
// Some documents show it once encoded, so both are read. Metadata is not to be
// trusted where the text is not one's own: members of a queue message that is a
// JSON object are merged into it and win.
package invoke

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// MaxBody bounds a trigger's body, in bytes. This product's messages are pointers
// of a few hundred; even a full queue message (48 KiB before base64) of control
// characters, which encoding twice makes seven of each, fits, also if it is an object
// whose members the host repeats.
const MaxBody = 1 << 20

var (
	// ErrTooLarge says that the body is longer than MaxBody.
	ErrTooLarge = errors.New("trigger body is longer than 1 MiB")
	// ErrMalformed says that the body is not a trigger's, or not for this binding.
	ErrMalformed = errors.New("trigger body is malformed")
)

type envelope struct {
	Data     map[string]json.RawMessage
	Metadata struct {
		ID           json.RawMessage
		DequeueCount json.RawMessage
	}
	start []byte // of a body that is too large
}

// read takes the body apart and returns the data of the named binding.
func read(r *http.Request, binding string) (envelope, json.RawMessage, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return envelope{}, nil, fmt.Errorf("read trigger body: %w", err)
	}
	if len(body) > MaxBody {
		return envelope{start: body}, nil, ErrTooLarge
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return envelope{}, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	data, ok := e.Data[binding]
	if !ok {
		return envelope{}, nil, fmt.Errorf("%w: no data for binding %q", ErrMalformed, binding)
	}
	return e, data, nil
}

// unwrap removes the string encodings around a value, two at most.
func unwrap(data json.RawMessage) json.RawMessage {
	for range 2 {
		var text string
		if json.Unmarshal(data, &text) != nil {
			return data
		}
		data = json.RawMessage(text)
	}
	return data
}

// text reads a string in any of its encodings; "" if it is not one.
func text(data json.RawMessage) string {
	if plain := unwrap(data); len(data) > 0 && data[0] == '"' {
		return string(plain)
	}
	return ""
}

// count reads a positive number in any of its encodings: 2, "2" or "\"2\"".
func count(data json.RawMessage) int {
	n, err := strconv.Atoi(strings.TrimSpace(string(unwrap(data))))
	if err != nil || n < 1 {
		return 1
	}
	return n
}
