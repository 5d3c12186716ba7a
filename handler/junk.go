package main

import (
	"encoding/json"
	"net/http"

	"certgate/internal/durable"
	"certgate/internal/invoke"
)

const (
	// longestName is more than an instance's id and a step's name have.
	longestName = 200
	// junkShown is how much of a message that is not ours the log repeats.
	junkShown = 60
)

// notOurs reads a message, and says what shows that this program did not send it.
func notOurs(text []byte, m *durable.Message) (why string) {
	switch err := json.Unmarshal(text, m); {
	case err != nil:
		return "it is not JSON of a message"
	case m.Instance == "" || len(m.Instance) > longestName || len(m.Step) > longestName:
		return "it names no instance"
	case m.Seq < 1:
		return "it is for no turn"
	}
	return ""
}

// drop is done with a message that nobody can do anything with, now or later. It is
// told of once, because it does not come again.
func (t triggers) drop(w http.ResponseWriter, r *http.Request, m invoke.Message, why string) {
	t.log.ErrorContext(r.Context(), "dropped a message that is not one of ours", "path", r.URL.Path, "why", why,
		"message", beginning(m.ID), "bytes", len(m.Text), "begins", beginning(string(m.Text)))
	invoke.Succeed(w, "dropped a message that is not one of ours")
}

func beginning(text string) string { return text[:min(len(text), junkShown)] }
