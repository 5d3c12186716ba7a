package main

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	dto "github.com/prometheus/client_model/go"

	"certgate/internal/metrics"
)

// figuresEvery is between two of these lines. One costs 7 storage requests.
const figuresEvery = 15 * time.Minute

// soonest is how many certificates, those that expire first, one line names: it
// must fit into a trace of Application Insights, 32 KiB.
const soonest = 50

// expiring is a certificate in that line.
type expiring struct {
	Hostname string    `json:"hostname"`
	NotAfter time.Time `json:"notAfter"`
}

// logFigures writes the figures of the stored state as one line. A workbook over
// the log shows them where GET /api/metrics is not scraped.
func logFigures(ctx context.Context, log *slog.Logger, from *metrics.Metrics, now time.Time) {
	families, err := from.Look(ctx, metrics.Certificates, metrics.Backlog, metrics.Queues).Gather()
	if err != nil {
		log.WarnContext(ctx, "figures not read", "error", err)
		return
	}
	states, queues, rest := map[string]float64{}, map[string]float64{}, map[string]float64{}
	var ends []expiring
	for _, family := range families {
		for _, m := range family.GetMetric() {
			value := m.GetGauge().GetValue()
			switch name := family.GetName(); name {
			case "certgate_certificates":
				states[label(m, "state")] = value
			case "certgate_queue_messages":
				queues[label(m, "queue")] = value
			case "certgate_instances_active":
				rest["instancesActive"] = value
			case "certgate_step_due_timestamp_seconds":
				rest["stepDueForSeconds"] = max(0, now.Sub(time.Unix(int64(value), 0)).Seconds())
			case "certgate_certificate_expiry_timestamp_seconds":
				ends = append(ends, expiring{Hostname: label(m, "hostname"), NotAfter: time.Unix(int64(value), 0).UTC()})
			}
		}
	}
	slices.SortFunc(ends, func(a, b expiring) int {
		return cmp.Or(a.NotAfter.Compare(b.NotAfter), cmp.Compare(a.Hostname, b.Hostname))
	})
	log.InfoContext(ctx, "figures", "certificates", states, "queues", queues,
		"instancesActive", rest["instancesActive"], "stepDueForSeconds", rest["stepDueForSeconds"], "expiring", ends[:min(len(ends), soonest)])
}

func label(m *dto.Metric, name string) string {
	for _, l := range m.GetLabel() {
		if l.GetName() == name {
			return l.GetValue()
		}
	}
	return ""
}
