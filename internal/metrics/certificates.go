package metrics

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/issuance/managed"
)

const (
	recordPage  = 1000 // records to a request
	recordPages = 10   // in one look; those that expire first come first
)

var (
	certificateCount = desc("certgate_certificates",
		"Managed certificates by state, as GET /api/certificates has it."+ofState, "state")
	certificateExpiry = desc("certgate_certificate_expiry_timestamp_seconds",
		"When a managed certificate expires; retired ones are left out."+ofState, "name", "hostname")
	certificateProblem = desc("certgate_certificate_problem",
		"1 for each trouble of a certificate: overdue, notServed, notInstalled, expired, or failing if its last renewal failed."+ofState, "name", "hostname", "problem")
	certificateCheck = desc("certgate_certificate_check_due_timestamp_seconds",
		"When the scheduler had to look, or has to look next, at the certificate whose turn is first; long past, the timer RenewDue does not run."+ofState)
)

// failing is a problem beside the alarming states.
const failing = "failing"

type certificates struct{ records managed.Records }

func (c certificates) read(ctx context.Context, now time.Time) (out []prometheus.Metric, err error) {
	counts, seen := map[managed.Standing]int{}, map[string]bool{}
	var check time.Time
	late := map[string]int{}
	filter := managed.Filter{Sort: "expiry", Top: recordPage}
	for range recordPages {
		page, next, err := c.records.ListRecords(ctx, filter)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			if seen[r.Name] { // renewed between two pages: its expiry moved back in the order
				continue
			}
			seen[r.Name] = true
			standing, _ := managed.StandingOf(r, now)
			counts[standing]++
			if r.Retired || r.Damaged {
				continue
			}
			out = append(out, aboutCertificate(r, standing)...)
			for _, target := range r.Undelivered {
				late[target]++
			}
			if !r.NextCheck.IsZero() && (check.IsZero() || r.NextCheck.Before(check)) {
				check = r.NextCheck
			}
		}
		if filter.Token = next; next == "" {
			break
		}
	}
	for _, standing := range managed.Standings() {
		out = append(out, gauge(certificateCount, float64(counts[standing]), string(standing)))
	}
	for target, n := range late {
		out = append(out, gauge(undelivered, float64(n), target))
	}
	if !check.IsZero() {
		out = append(out, gauge(certificateCheck, seconds(check)))
	}
	return append(out, gauge(readPartial, truth(filter.Token != ""), "certificates")), nil
}

func aboutCertificate(r *managed.Record, standing managed.Standing) []prometheus.Metric {
	hostname := strings.Join(r.Hostnames, ",")
	out := []prometheus.Metric{gauge(certificateExpiry, seconds(r.NotAfter), r.Name, hostname)}
	if standing.Alarming() {
		out = append(out, gauge(certificateProblem, 1, r.Name, hostname, string(standing)))
	}
	if r.Failures > 0 {
		out = append(out, gauge(certificateProblem, 1, r.Name, hostname, failing))
	}
	return out
}
