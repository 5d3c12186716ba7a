package metrics

import "github.com/prometheus/client_golang/prometheus"

func newUnreadableRows() *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "certgate_rows_unreadable_total", Help: "Stored rows that were met and cannot be read, each counted once an hour, by kind: instance, history, mail, claim, index, record, document, lock, listener." + ofProcess,
	}, []string{"kind"})
}

// RowUnreadable counts a stored row that cannot be read.
func (m *Metrics) RowUnreadable(kind string) { m.rows.WithLabelValues(kind).Inc() }
