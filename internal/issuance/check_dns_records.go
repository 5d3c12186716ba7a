package issuance

import (
	"context"
	"strings"
	"time"

	"certgate/internal/durable"
)

const (
	// sightsShown is how many record sets the message of a waiting step tells of.
	sightsShown = 3
	lookPause   = 2 * time.Second  // between looks, at first
	longestLook = 30 * time.Second // between looks, in the end
)

// checkDNSRecords waits until every name server shows the TXT records. The authority is
// not told before: it would keep for as long as the zone says that they do not exist,
// and count a failed validation. Looking changes nothing.
func checkDNSRecords(dns ChallengeDNS) durable.Step[State] {
	unseen := func(p Ownership) bool { return p.AuthorizationURL != "" && !p.Seen }
	return durable.Step[State]{
		Name:   "CheckDnsRecordsStep",
		Says:   "Waiting until DNS serves the verification records.",
		Title:  "Wait for the name servers",
		Needed: func(s *State) bool { return len(s.recordSets(unseen)) > 0 },
		Run: func(ctx context.Context, t durable.Turn, s *State) (durable.Outcome, error) {
			waited := t.Now.Sub(t.Since)
			var missing []string
			var limit time.Duration
			sets := s.recordSets(unseen)
			for _, set := range sets[:min(len(sets), setsPerTurn)] {
				sight, err := dns.Look(ctx, set.Place, set.values, set.receipt, waited)
				if err != nil {
					return durable.Outcome{}, err
				}
				if !sight.There {
					missing, limit = append(missing, sight.Says), max(limit, sight.Limit)
					continue
				}
				for _, i := range set.proofs {
					s.Proofs[i].Seen = true
				}
				if until := t.Now.Add(sight.Settle); until.After(s.SettledAt) {
					s.SettledAt = until
				}
			}
			switch left := s.SettledAt.Sub(t.Now); {
			case len(missing) > 0 && waited >= limit:
				return durable.Fail(CodeDNSRecordNotServed, someSights(missing)+" Check that nothing else changes these records, and that the zone's name servers take changes over from the provider."), nil
			case len(missing) > 0:
				return durable.Wait(min(max(waited/2, lookPause), longestLook), someSights(missing)), nil
			case len(sets) > setsPerTurn:
				return durable.Wait(0, "Looking at more verification records in DNS."), nil
			case left > 0:
				return durable.Done().After(left), nil
			}
			return durable.Done(), nil
		},
	}
}

// someSights are the first few sentences of many.
func someSights(all []string) string {
	return strings.Join(all[:min(len(all), sightsShown)], " ")
}
