package takeover

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

const stepRemember = "RememberListenerStep"

// rememberListener notes what is there before anything is changed: the record has the way
// back. Nothing renews by it before the last step. What was seen first counts: a second
// run may find the tags changed.
func (p Ports) rememberListener() durable.Step[adoption] {
	return durable.Step[adoption]{
		Name:  stepRemember,
		Says:  "Remembering what renews the certificate of {hostname} now.",
		Title: "Remember what is there",
		Run: func(ctx context.Context, t durable.Turn, s *adoption) (durable.Outcome, error) {
			found, err := p.Vault.Certificate(ctx, s.Certificate)
			if errors.Is(err, issuance.ErrGone) {
				return durable.Fail(issuance.CodeTakeOverNotServed, fmt.Sprintf("Key Vault has no certificate %s any more.", s.Certificate)), nil
			}
			if err != nil {
				return durable.Outcome{}, err
			}
			known, err := p.Records.Record(ctx, s.Certificate)
			if err != nil && !errors.Is(err, durable.ErrNotFound) && !durable.Unreadable(err) {
				return durable.Outcome{}, fmt.Errorf("read the record of certificate %s: %w", s.Certificate, err)
			}
			etag, before := "", (*managed.Adoption)(nil)
			if err == nil {
				etag = known.ETag
				if before = known.Adopted; before == nil && !known.Retired {
					return durable.Fail(issuance.CodeTakeOverManaged, fmt.Sprintf("certgate renews it already, as %s.", s.Certificate)), nil
				}
			}
			s.Version, s.Thumbprint, s.Tags = found.Version, managed.SHA1Thumbprint(found.Leaf), found.Tags
			if before != nil && !known.Retired {
				s.Tags, s.RenewedBy, s.Again = before.Tags, before.RenewedBy, s.Again || before.Instance != t.Instance
			}
			r, err := s.record(t, found.Leaf)
			if err != nil {
				return durable.Outcome{}, err
			}
			r.ETag = etag
			if err := p.Records.SaveRecord(ctx, r); err != nil {
				return durable.Outcome{}, fmt.Errorf("remember certificate %s: %w", s.Certificate, err)
			}
			return durable.Done(), nil
		},
	}
}
