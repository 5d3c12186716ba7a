package alert

import (
	"context"
	"time"
)

// Alert is a piece of news for people. It holds no secret.
type Alert struct {
	Kind        Kind      `json:"kind"`
	Hostname    string    `json:"hostname,omitempty"`    // "" if it is about many
	Certificate string    `json:"certificate,omitempty"` // name in the vault
	Code        string    `json:"code,omitempty"`        // published error code, for failed
	Message     string    `json:"message"`               // a sentence: what is the matter and what to do
	Instance    string    `json:"instance,omitempty"`    // the instance that tells more
	At          time.Time `json:"at"`
}

// Sink takes an alert over: once it returns nil, the alert is not lost. The
// same alert may come again after a crash. It must not block on a receiver.
type Sink func(ctx context.Context, a Alert) error
