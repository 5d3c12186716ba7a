package notify

import (
	"context"
	"crypto/rand"
	"time"

	"certgate/internal/alert"
)

// Sent is a receiver as people may see it.
type Sent struct {
	Kind   Kind   `json:"kind"`
	Target string `json:"target"` // host alone
}

// Test starts a notification to every receiver, each time a new one, and lists
// the receivers. by is who asked for it.
func (n *Notifier) Test(ctx context.Context, by string) ([]Sent, error) {
	// The text makes this test another alert than the one before.
	test := alert.Alert{Kind: alert.Test, Instance: "test-" + rand.Text(), At: time.Now().UTC().Truncate(time.Second),
		Message: "This is a test. Whoever reads it will hear of certificates that need attention."}
	if err := n.toAll(ctx, test, by); err != nil {
		return nil, err
	}
	sent := make([]Sent, 0, len(n.targets))
	for _, t := range n.targets {
		sent = append(sent, Sent{Kind: t.Kind, Target: t.Host()})
	}
	return sent, nil
}
