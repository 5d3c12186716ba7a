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
	fresh, err := freshRecord(t, s, served)
	if err != nil {
		return err
	}
	return managed.Replace(ctx, records, fresh, !s.Renewal)
}

// freshRecord is what is known of a certificate that a flow has, and nothing of what was
// known before.
func freshRecord(t durable.Turn, s *State, served managed.Served) (*managed.Record, error) {
	fresh := &managed.Record{Hostnames: s.names(), Validation: s.wishes(), Options: s.Options, Gateways: s.Gateways, Imported: s.Imported, Authority: s.Issuer, Account: s.Account, Served: served, ServedAt: t.Now, LastInstance: t.Instance, Former: s.Former}
	if err := fresh.Take(s.Certificate.Name, s.Certificate.Version, s.Certificate.SecretID, s.Certificate.Leaf); err != nil {
		return nil, err
	}
	fresh.Directory, fresh.Profile = s.Source.Directory, s.Source.Profile
	plan := managed.Schedule(t.Now, fresh, managed.Advice{}, 0)
	fresh.RenewAt = plan.RenewAt
	if !plan.NextCheck.IsZero() {
		fresh.NextCheck = t.Now // the authority is asked soon after it has issued
	}
	return fresh, nil
}
