package metrics

import "github.com/prometheus/client_golang/prometheus"

// hostCalls counts what went wrong between the Functions host and this program.
type hostCalls struct {
	refused *prometheus.CounterVec
	removed *prometheus.CounterVec
}

func newHostCalls() *hostCalls {
	return &hostCalls{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "certgate_trigger_refusals_total", Help: "Calls of a trigger's address that did not come from the Functions host, by what gave them away." + ofProcess,
		}, []string{"reason"}),
		removed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "certgate_poison_removed_total", Help: "Messages that were removed from the poison queue because the Functions host cannot hand them over: notBase64, notUTF8, abandoned." + ofProcess,
		}, []string{"reason"}),
	}
}

// TriggerRefused counts a call that was refused. Without figures nothing is counted.
func (m *Metrics) TriggerRefused(reason string) {
	if m != nil {
		m.host.refused.WithLabelValues(reason).Inc()
	}
}

// PoisonRemoved counts a message that was removed.
func (m *Metrics) PoisonRemoved(reason string) {
	if m != nil {
		m.host.removed.WithLabelValues(reason).Inc()
	}
}
