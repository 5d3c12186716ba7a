package metrics

import (
	"cmp"
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
)

var (
	listenerCount = desc("certgate_listeners",
		"What the gateway has with a certificate, whoever made it, by state, as GET /api/listeners has it."+ofState, "gateway", "state")
	listenerExpiry = desc("certgate_listener_expiry_timestamp_seconds",
		"When the certificate of a listener, or of an authority on the gateway, that certgate does not manage expires."+ofState, "gateway", "listener", "source", "renewed_by")
	listenerProblem = desc("certgate_listener_problem",
		"1 for each trouble of a listener: expired, dead, wrongName, reverted, contested, blocked, late, or expiring."+ofState, "gateway", "listener", "problem")
)

type surveyed struct{ rows inventory.Rows }

func (l surveyed) read(ctx context.Context, now time.Time) (out []prometheus.Metric, err error) {
	rows, err := l.rows.ListRows(ctx)
	if err != nil {
		return nil, err
	}
	counts, seen := map[string]map[inventory.State]int{managed.DefaultGateway: {}}, map[[4]string]bool{}
	for _, r := range rows {
		gateway := cmp.Or(r.Gateway, managed.DefaultGateway)
		if counts[gateway] == nil {
			counts[gateway] = map[inventory.State]int{}
		}
		counts[gateway][r.State]++
		if r.ManagedCertificate == "" && r.Kind != inventory.KindEntry && r.Certificate != nil {
			labels := [4]string{gateway, r.Name, string(r.Source), string(r.RenewedBy.Who)}
			if !seen[labels] { // names of different collections can be equal
				out = append(out, gauge(listenerExpiry, seconds(r.Ends()), labels[:]...))
			}
			seen[labels] = true
		}
		problem := string(r.AlarmNow(now))
		if r.AlarmNow(now) == inventory.AlarmSoon {
			problem = string(inventory.AlarmExpiring)
		}
		if key := [4]string{gateway, r.Name, problem}; problem != "" && !seen[key] {
			out = append(out, gauge(listenerProblem, 1, gateway, r.Name, problem))
			seen[key] = true
		}
	}
	for gateway, of := range counts {
		for _, state := range inventory.States() {
			out = append(out, gauge(listenerCount, float64(of[state]), gateway, string(state)))
		}
	}
	return out, nil
}
