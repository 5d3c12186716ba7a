package metrics

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"certgate/internal/durable"
	"certgate/internal/inventory"
	"certgate/internal/issuance/managed"
)

// Config is where the stored state is. Clock and Log may be left out.
type Config struct {
	Records   managed.Records
	Listeners inventory.Rows
	Instances durable.Archive
	Backlog   durable.Census
	Queue     Queue
	Limits    Limits
	// Revision of the program, as the version control calls it; "" if not known.
	Revision string
	Clock    func() time.Time
	Log      *slog.Logger
}

// Queue says how much lies in the queue of messages and in its poison queue.
type Queue interface {
	Depth(ctx context.Context) (durable.QueueDepth, error)
}

// Limits says which limits of the certificate authorities hold now, by issuer and
// scope, and until when.
type Limits interface {
	Limits(ctx context.Context) (map[string]map[string]time.Time, error)
}

// Metrics are the figures. It is a durable.Observer.
type Metrics struct {
	turns    *turns
	stored   *stored
	host     *hostCalls
	rows     *prometheus.CounterVec
	registry *prometheus.Registry
	text     http.Handler
}

// New makes the figures. It does no I/O and starts nothing.
func New(c Config) *Metrics {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{turns: newTurns(), stored: newStored(c), host: newHostCalls(), rows: newUnreadableRows(), registry: prometheus.NewRegistry()}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "certgate_build_info", Help: "Always 1; the labels say what is running." + ofProcess,
		ConstLabels: prometheus.Labels{"revision": c.Revision, "go_version": runtime.Version()},
	})
	build.Set(1)
	m.registry.MustRegister(m.turns, m.stored, m.host.refused, m.host.removed, m.rows, build, collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.text = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
	return m
}

// Turn implements durable.Observer.
func (m *Metrics) Turn(ctx context.Context, _ *durable.Instance, t durable.Turn) (context.Context, func(durable.TurnEnd)) {
	return ctx, func(end durable.TurnEnd) { m.turns.ended(t, end) }
}

// Stored implements durable.Observer.
func (m *Metrics) Stored(_ context.Context, inst *durable.Instance, e durable.Event) {
	m.turns.stored(inst, e)
}

// ServeHTTP writes the figures in the Prometheus text format. Stored state that
// cannot be read is left out, and certgate_state_read_success says so: no figure
// is better than an old one.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.Refresh(r.Context())
	m.text.ServeHTTP(w, r)
}

// Refresh looks at storage, unless that was done less than a minute ago.
func (m *Metrics) Refresh(ctx context.Context) { m.stored.refresh(ctx) }

// Look has some parts of the stored state as they are now, and costs what these cost.
func (m *Metrics) Look(ctx context.Context, names ...string) prometheus.Gatherer {
	wanted := slices.DeleteFunc(slices.Clone(m.stored.parts), func(p part) bool { return !slices.Contains(names, p.name) })
	registry := prometheus.NewRegistry()
	registry.MustRegister(fixed(m.stored.read(ctx, m.stored.now().UTC(), wanted)))
	return registry
}

// fixed are metrics that do not change.
type fixed []prometheus.Metric

// Describe says nothing: a collector may leave it open what it has.
func (fixed) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (f fixed) Collect(ch chan<- prometheus.Metric) {
	for _, m := range f {
		ch <- m
	}
}

// Gatherer has the figures as of the last Refresh.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }
