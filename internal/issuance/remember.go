package issuance

import (
	"context"

	"certgate/internal/durable"
	"certgate/internal/issuance/managed"
)

// remember stores the record of the certificate that a flow has put in place, at
// the end of its last step. It replaces what was known of the version before. A
// second run finds its own record.
func remember(ctx context.Context, records managed.Records, t durable.Turn, s *State, served managed.Served) error {
	fresh := &managed.Record{Hostnames: []string{s.Hostname}, Imported: s.Imported, Authority: s.Issuer, Account: s.Account, Served: served, ServedAt: t.Now, LastInstance: t.Instance}
	if err := fresh.Take(s.Certificate.Name, s.Certificate.Version, s.Certificate.SecretID, s.Certificate.Leaf); err != nil {
		return err
	}
	plan := managed.Schedule(t.Now, fresh, managed.Advice{}, 0)
	fresh.RenewAt = plan.RenewAt
	if !plan.NextCheck.IsZero() {
		fresh.NextCheck = t.Now // the authority is asked soon after it has issued
	}
	return managed.Replace(ctx, records, fresh, !s.Renewal)
}
