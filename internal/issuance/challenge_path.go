package issuance

import (
	"context"

	"certgate/internal/durable"
)

// ChallengePath makes the gateway lead requests for validation files on port 80
// to their container. That has to stand before the first certificate does.
type ChallengePath interface {
	// WantChallengePath returns done when it stands, false while the turn must
	// park, and the gateway's refusal as a *durable.Failure. Asking again is fine.
	WantChallengePath(ctx context.Context, t durable.Turn) (done bool, err error)
}
