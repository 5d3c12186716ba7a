package issuance

import (
	"context"
	"fmt"

	"certgate/internal/durable"
)

// setsPerTurn bounds how many TXT record sets one turn writes, looks at or removes.
const setsPerTurn = 20

// createDNSRecords writes the TXT records of dns-01, all values of a name in one change:
// authorities and resolvers keep what they saw first. What was written is stored with
// each turn; a repeat writes the same values again, which changes nothing.
func createDNSRecords(dns ChallengeDNS) durable.Step[State] {
	unwritten := func(p Ownership) bool { return p.AuthorizationURL != "" && !p.Written }
	return durable.Step[State]{
		Name:   "CreateDnsRecordsStep",
		Says:   "Creating hostname ownership verification records in DNS.",
		Title:  "Write the DNS records",
		Needed: func(s *State) bool { return len(s.recordSets(unwritten)) > 0 },
		Run: func(ctx context.Context, _ durable.Turn, s *State) (durable.Outcome, error) {
			sets := s.recordSets(unwritten)
			for _, set := range sets[:min(len(sets), setsPerTurn)] {
				receipt, err := dns.Write(ctx, set.Place, set.values)
				if err != nil {
					return durable.Outcome{}, err
				}
				for _, i := range set.proofs {
					s.Proofs[i].Written, s.Proofs[i].Receipt = true, receipt
				}
			}
			if left := len(sets) - setsPerTurn; left > 0 {
				return durable.Wait(0, fmt.Sprintf("Creating verification records in DNS; %d are still to be written.", left)), nil
			}
			return durable.Done(), nil
		},
	}
}
