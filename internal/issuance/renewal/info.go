package renewal

import (
	"context"
	"errors"
	"time"

	"certgate/internal/issuance/managed"
)

// Info is an authority's say in when its certificates are renewed (RFC
// 9773, "ARI").
type Info interface {
	// RenewalInfo asks the issuer ("" for the default one) when to renew its
	// certificate with this id (CertID). The
	// next look is due after again, between a minute and a day, also with
	// ErrNoInfo. Any other error says that the authority did not answer.
	RenewalInfo(ctx context.Context, issuer, certID string) (window managed.Window, again time.Duration, err error)
}

// ErrNoInfo says that the authority has nothing usable to say about a
// certificate: it does not offer renewal information, does not know the
// certificate, or suggests an impossible window. The lifetime decides then.
var ErrNoInfo = errors.New("no renewal information")
