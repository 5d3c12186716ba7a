package issuance

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// revokeAtIssuer revokes a version at the authority that issued it: most likely the one of
// the record, else one of the others, for the record knows the newest version's alone.
// An authority refuses what is not its own, and that changes nothing. If all refuse, the
// first one's words count.
func revokeAtIssuer(ctx context.Context, authorities Authorities, records managed.Records, c VaultCertificate, reason uint) error {
	names := authorities.Names()
	if len(names) > 1 {
		r, err := records.Record(ctx, c.Name)
		switch {
		case err == nil:
			names = append([]string{r.Authority}, names...)
		case !errors.Is(err, durable.ErrNotFound) && !durable.Unreadable(err):
			return fmt.Errorf("read the record of certificate %s: %w", c.Name, err)
		}
	}
	var first error
	for _, name := range names {
		ca, err := authorities.Issuer(name)
		if err == nil {
			err = ca.Revoke(ctx, c.Leaf, reason)
		}
		var refused *durable.Failure
		if !errors.As(err, &refused) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}
