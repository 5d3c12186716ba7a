package issuance

import (
	"context"

	"certgate/internal/durable"
)

// Pointing is a change of what listeners refer to that makes no certificate of certgate's.
type Pointing struct {
	// Entry is the certificate on the gateway; it must be there.
	Entry string `json:"entry"`
	// SecretID is what the entry refers to afterwards; it must be of the secret that it
	// refers to now. "" leaves it.
	SecretID string `json:"secretId,omitempty"`
	// Listeners are given the entry.
	Listeners []string `json:"listeners,omitempty"`
}

// Pointer is the gateway's one writer, asked for less than a listener.
type Pointer interface {
	// Point asks for the change on behalf of the turn, with the rules of Lane.Want.
	Point(ctx context.Context, t durable.Turn, p Pointing) (done bool, err error)
}
