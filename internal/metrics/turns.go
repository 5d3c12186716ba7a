package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"certgate/internal/durable"
)

const ofProcess = " Of this process, since it started."

// turns counts what the engine does in this process.
type turns struct {
	took      *prometheus.HistogramVec
	elapsed   *prometheus.HistogramVec
	results   *prometheus.CounterVec
	instances *prometheus.HistogramVec
	ends      *prometheus.CounterVec
	rescued   prometheus.Counter
	poisoned  prometheus.Counter
}

func newTurns() *turns {
	return &turns{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "certgate_step_run_duration_seconds", Help: "How long one run of a step took, waiting between runs and storage apart." + ofProcess,
			Buckets: []float64{.05, .25, 1, 5, 15, 45, 90}, // a step has 90 seconds
		}, []string{"flow", "step"}),
		elapsed: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "certgate_step_duration_seconds", Help: "How long a step took from its first run to its end, waiting included." + ofProcess,
			Buckets: []float64{1, 10, 60, 300, 1800, 7200, 43200},
		}, []string{"flow", "step"}),
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "certgate_step_runs_total", Help: "Runs of a step by what came of them: done, waiting, retrying, failed, parked, lost, notStored." + ofProcess,
		}, []string{"flow", "step", "result"}),
		instances: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "certgate_instance_duration_seconds", Help: "How long an instance took from its start to its end." + ofProcess,
			Buckets: []float64{10, 30, 60, 300, 1800, 7200, 43200, 172800},
		}, []string{"flow", "status"}),
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "certgate_instances_ended_total", Help: "Instances that ended, by status and error code." + ofProcess,
		}, []string{"flow", "status", "code"}),
		rescued: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "certgate_instances_rescued_total", Help: "Instances that were due and silent and whose message was sent again." + ofProcess,
		}),
		poisoned: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "certgate_instances_poisoned_total", Help: "Instances that failed because their message ended in the poison queue." + ofProcess,
		}),
	}
}

func (t *turns) all() []prometheus.Collector {
	return []prometheus.Collector{t.took, t.elapsed, t.results, t.instances, t.ends, t.rescued, t.poisoned}
}

// Describe implements prometheus.Collector.
func (t *turns) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range t.all() {
		c.Describe(ch)
	}
}

// Collect implements prometheus.Collector.
func (t *turns) Collect(ch chan<- prometheus.Metric) {
	for _, c := range t.all() {
		c.Collect(ch)
	}
}

func (t *turns) ended(turn durable.Turn, end durable.TurnEnd) {
	t.took.WithLabelValues(turn.Flow, turn.Step).Observe(end.Took.Seconds())
	t.results.WithLabelValues(turn.Flow, turn.Step, string(end.Result)).Inc()
	if end.Result == durable.TurnDone || end.Result == durable.TurnFailed {
		t.elapsed.WithLabelValues(turn.Flow, turn.Step).Observe(end.Event.Time.Sub(turn.Since).Seconds())
		t.instance(end.Instance)
	}
}

func (t *turns) stored(inst *durable.Instance, e durable.Event) {
	switch {
	case e.Kind == durable.EventRescued:
		t.rescued.Inc()
	case e.Code == durable.CodeStepKeptCrashing:
		t.poisoned.Inc()
	}
	t.instance(inst)
}

// instance counts one that has ended.
func (t *turns) instance(inst *durable.Instance) {
	if !inst.Status.Ended() {
		return
	}
	t.instances.WithLabelValues(inst.Flow, string(inst.Status)).Observe(inst.UpdatedAt.Sub(inst.CreatedAt).Seconds())
	t.ends.WithLabelValues(inst.Flow, string(inst.Status), inst.Custom.Error).Inc()
}
