package metrics

import "github.com/prometheus/client_golang/prometheus"

// Describe sends what there may be, values or not.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	m.turns.Describe(ch)
	m.stored.Describe(ch)
	m.host.refused.Describe(ch)
	m.host.removed.Describe(ch)
	m.rows.Describe(ch)
}
