package acmeca

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/go-acme/lego/v4/acme"
	"github.com/go-acme/lego/v4/acme/api"

	"certgate/internal/issuance"
)

// Revoke revokes a certificate (DER) that this account ordered, for a reason of
// RFC 5280 section 5.3.1; 0 is unspecified and is not sent, as that section
// wants. A certificate that is revoked already is not an error.
func (ca *CA) Revoke(ctx context.Context, leaf []byte, reason uint) error {
	op := operation{
		name: fmt.Sprintf("revoke certificate with SHA-256 %x", sha256.Sum256(leaf)), refused: issuance.CodeRevocationRefused,
		advice: "Only the account that ordered a certificate can revoke it here; if AcmeEndpoint has changed since, revoke it at the authority that issued it.",
	}
	message := acme.RevokeCertMessage{Certificate: base64.RawURLEncoding.EncodeToString(leaf)}
	if reason != acme.CRLReasonUnspecified {
		message.Reason = &reason
	}
	r, err := ca.call(ctx, op, func(core *api.Core) error { return core.Certificates.Revoke(message) })
	if kind(r.problem()) == problemAlreadyRevoked {
		return nil
	}
	return err
}
