package metrics

import (
	"encoding/json"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/delivery"
	"certgate/internal/durable"
)

var (
	deliveries = desc("certgate_deliveries",
		"Deliveries to targets beside the gateway that were started in the last 24 hours, by how they stand: running, served, superseded, dropped, failed or terminated."+ofState, "target", "state")
	deliverySeconds = desc("certgate_delivery_duration_seconds",
		"How long the slowest of those deliveries that ended served has taken, from its start until every endpoint served the version."+ofState, "target")
	undelivered = desc("certgate_target_undelivered",
		"Certificates that a target beside the gateway did not serve in time and does not serve yet."+ofState, "target")
)

// delivered counts deliveries, as the list of instances shows them.
type delivered struct {
	counts  map[[2]string]int
	slowest map[string]time.Duration
}

func (d *delivered) add(inst *durable.Instance) {
	var in delivery.Input
	var out delivery.Output
	if inst.Flow != delivery.FlowName || json.Unmarshal(inst.Input, &in) != nil {
		return
	}
	if d.counts == nil {
		d.counts, d.slowest = map[[2]string]int{}, map[string]time.Duration{}
	}
	state := "running"
	switch {
	case inst.Status == durable.Completed && json.Unmarshal(inst.Output, &out) == nil:
		state = out.Result
	case inst.Status == durable.Failed:
		state = "failed"
	case inst.Status == durable.Terminated:
		state = "terminated"
	}
	d.counts[[2]string{in.Target, state}]++
	if state == delivery.ResultServed {
		d.slowest[in.Target] = max(d.slowest[in.Target], inst.UpdatedAt.Sub(inst.CreatedAt))
	}
}

func (d *delivered) metrics() (out []prometheus.Metric) {
	for key, n := range d.counts {
		out = append(out, gauge(deliveries, float64(n), key[0], key[1]))
	}
	for target, took := range d.slowest {
		out = append(out, gauge(deliverySeconds, took.Seconds(), target))
	}
	return out
}
