package issuance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// willDo gives the record of the certificate that the vault has for exactly the
// hostnames, if that one can be installed in place of a new one, else nil: authorities
// issue the same set a few times a week (Let's Encrypt: 5). It is ours, complete, valid
// and not due, was issued by the authority, with the profile and for the kind of key that
// the options or the settings name now, with the same options, and its record knows of nothing against it. What is not known
// asks for a new one, and so does a renewal, always, unless it just moves. The record is read only if all else
// fits: one request.
func willDo(ctx context.Context, vault Vault, records managed.Records, source Source, now time.Time, s *State, found VaultCertificate) (*managed.Record, error) {
	same, until := exactly(found.Leaf, s.names())
	if s.Renewal && !s.Moves || !same || !now.Before(until) || !found.Enabled || !vault.Owns(found) || found.Tags[TagImported] != "" {
		return nil, nil
	}
	from := Source{Directory: found.Tags[TagDirectory], Profile: found.Tags[TagProfile]}
	if from != source || source.Directory == "" || managed.KeyType(found.Leaf) != vault.KeyType(s.request()) {
		return nil, nil
	}
	r, err := records.Record(ctx, found.Name)
	if errors.Is(err, durable.ErrNotFound) || durable.Unreadable(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the record of certificate %s: %w", found.Name, err)
	}
	if r.Version != found.Version || r.Authority != s.Issuer || r.Options != s.Options || r.Revoked || r.Retired || r.Imported || managed.Schedule(now, r, managed.Advice{Silent: true}, 0).Due {
		return nil, nil
	}
	return r, nil
}
