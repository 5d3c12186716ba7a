package api

import (
	"cmp"
	"context"
	"slices"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// unmanaged refuses hostnames whose certificate another manager renews in time on one of the
// gateways, by what the survey saw last: one request. What it has not seen is not refused here; the first step
// looks afresh.
func (s *server) unmanaged(ctx context.Context, gateways []string, hosts ...string) error {
	if s.surveyed.Rows == nil {
		return nil
	}
	rows, err := s.surveyed.Rows.ListRows(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if !slices.Contains(managed.GatewaysOf(gateways), cmp.Or(row.Gateway, issuance.DefaultGateway)) {
			continue
		}
		i := slices.IndexFunc(hosts, func(host string) bool { return row.Takes(host, cmp.Or(s.surveyed.HTTPSPort, 443)) })
		if i >= 0 && row.InCare() {
			o := issuance.Occupant{Former: managed.Former{Listener: row.Name}, Hostname: hosts[i], Manager: row.Manager(), Since: row.RenewedBy.Since}
			detail, fix := o.HasManager()
			return problem(issuance.CodeListenerHasManager, detail, fix)
		}
	}
	return nil
}
