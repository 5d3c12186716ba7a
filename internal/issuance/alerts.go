package issuance

import (
	"context"
	"time"
)

// AlertKind is what an alert is about. Published: receivers branch on it.
type AlertKind string

const (
	AlertCompleted AlertKind = "completed" // an instance has done its work
	AlertFailed    AlertKind = "failed"    // an instance has given up
	AlertOverdue   AlertKind = "overdue"   // a certificate should have been renewed by now, or has expired
	AlertNotServed AlertKind = "notServed" // the gateway does not serve what is in the vault
	AlertRecovered AlertKind = "recovered" // what was told before is over
)

// Alert is a piece of news for people. It holds no secret.
type Alert struct {
	Kind        AlertKind `json:"kind"`
	Hostname    string    `json:"hostname,omitempty"`    // "" if it is about many
	Certificate string    `json:"certificate,omitempty"` // name in the vault
	Code        string    `json:"code,omitempty"`        // published error code, for failed
	Message     string    `json:"message"`               // a sentence: what is the matter and what to do
	Instance    string    `json:"instance,omitempty"`    // the instance that tells more
	At          time.Time `json:"at"`
}

// Alerts takes an alert over: once it returns nil, the alert is not lost. The
// same alert may come again after a crash. It must not block on a receiver.
type Alerts func(ctx context.Context, a Alert) error
