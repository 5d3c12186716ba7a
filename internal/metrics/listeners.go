package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/inventory"
)

var (
	listenerCount = desc("certgate_listeners",
		"What the gateway has with a certificate, whoever made it, by state, as GET /api/listeners has it."+ofState, "state")
	listenerExpiry = desc("certgate_listener_expiry_timestamp_seconds",
		"When the certificate of a listener, or of an authority on the gateway, that certgate does not manage expires."+ofState, "listener", "source", "renewed_by")
	listenerProblem = desc("certgate_listener_problem",
		"1 for each trouble of a listener: expired, dead, wrongName, reverted, contested, blocked, late, or expiring."+ofState, "listener", "problem")
)

type surveyed struct{ rows inventory.Rows }

func (l surveyed) read(ctx context.Context, now time.Time) (out []prometheus.Metric, err error) {
	rows, err := l.rows.ListRows(ctx)
	if err != nil {
		return nil, err
	}
	counts, seen := map[inventory.State]int{}, map[[3]string]bool{}
	for _, r := range rows {
		counts[r.State]++
		if r.ManagedCertificate == "" && r.Kind != inventory.KindEntry && r.Certificate != nil {
			labels := [3]string{r.Name, string(r.Source), string(r.RenewedBy.Who)}
			if !seen[labels] { // names of different collections can be equal
				out = append(out, gauge(listenerExpiry, seconds(r.Ends()), labels[:]...))
			}
			seen[labels] = true
		}
		problem := string(r.AlarmNow(now))
		if r.AlarmNow(now) == inventory.AlarmSoon {
			problem = string(inventory.AlarmExpiring)
		}
		if key := [3]string{r.Name, problem}; problem != "" && !seen[key] {
			out = append(out, gauge(listenerProblem, 1, r.Name, problem))
			seen[key] = true
		}
	}
	for _, state := range inventory.States() {
		out = append(out, gauge(listenerCount, float64(counts[state]), string(state)))
	}
	return out, nil
}
