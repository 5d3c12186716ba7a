package issuance

import (
	"context"
	"errors"
	"fmt"

	"certgate/internal/durable"
)

// deleteDNSRecords removes the values of the TXT records; also on failure and
// termination, and those of orders that were given up. Values that are gone already are
// fine, and those of others stay. What only a person can mend is no reason to fail: the
// output names the records that are left.
func deleteDNSRecords(dns ChallengeDNS) durable.Step[State] {
	all := func(Ownership) bool { return true }
	return durable.Step[State]{
		Name:   "DeleteDnsRecordsStep",
		Says:   "Deleting verification records from DNS.",
		Title:  "Remove the DNS records",
		Needed: func(s *State) bool { return len(s.recordSets(all)) > 0 },
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			sets := s.recordSets(all)
			for _, set := range sets[:min(len(sets), setsPerTurn)] {
				err := dns.Remove(ctx, set.Place, set.values, set.receipt)
				var failure *durable.Failure
				if errors.As(err, &failure) {
					s.warn(fmt.Sprintf("The TXT record %s was not removed: %s Remove it by hand.", set.Record, failure.Message))
					err = nil
				}
				if err != nil {
					return durable.Outcome{}, err
				}
				for _, i := range set.proofs {
					s.Proofs[i].Value, s.Proofs[i].Place = "", Place{}
				}
			}
			if left := len(sets) - setsPerTurn; left > 0 {
				return durable.Wait(0, fmt.Sprintf("Deleting verification records from DNS; %d are left.", left)), nil
			}
			return durable.Done(), nil
		},
	}
}
