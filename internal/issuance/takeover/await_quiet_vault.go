package takeover

import (
	"context"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// Somebody who is at work on the certificate writes its tags with the next version, so
// that is waited for; acmebot takes minutes.
const (
	quietAgain = 15 * time.Minute
	quietFor   = 3 * quietAgain
)

// awaitQuietVault waits until nobody makes a new version of the certificate.
func (p Ports) awaitQuietVault() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:   "AwaitQuietVaultStep",
		Says:   "Making sure that nobody else renews the certificate of {hostname} just now.",
		Title:  "Wait for others’ work on it",
		Within: quietFor + 6*time.Hour,
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			busy, err := p.Vault.AtWork(ctx, s.Certificate)
			switch {
			case err != nil:
				return durable.Outcome{}, err
			case busy && t.Now.Sub(t.Since) >= quietFor:
				return durable.Fail(issuance.CodeTakeOverAtWork, fmt.Sprintf("Somebody makes a new version of the certificate %s in Key Vault, and has not finished for %d minutes. Ask again when that is over, or cancel the operation there.", s.Certificate, int(quietFor.Minutes()))), nil
			case busy:
				return durable.Wait(quietAgain, "Somebody makes a new version of the certificate just now."), nil
			}
			return durable.Done(), nil
		},
	}
}
