package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/go-logr/logr"

	"certgate/internal/tracing"
)

const (
	spansEvery   = time.Second
	metricsEvery = 15 * time.Second
	// complainEvery keeps a collector that is down from filling the log.
	complainEvery = time.Minute
)

// Config says where to send what. Everything else is as the standard variables
// of the exporter say (OTEL_EXPORTER_OTLP_TIMEOUT, …_CERTIFICATE, …).
type Config struct {
	// Endpoint is the base URL of the collector; /v1/traces and /v1/metrics are
	// appended.
	Endpoint string
	Headers  map[string]string // secret
	Resource *resource.Resource
	Log      *slog.Logger
}

// Export sends spans, and metrics once it has them.
type Export struct {
	config  Config
	traces  *sdktrace.TracerProvider
	metrics *metric.MeterProvider
}

// Start prepares exporters and starts their goroutines. It asks nobody anything:
// the first connection is made with the first batch.
func Start(ctx context.Context, c Config) (*Export, error) {
	otel.SetErrorHandler(&complaints{log: c.Log})
	otel.SetLogger(logr.FromSlogHandler(c.Log.Handler())) // not to standard error, which the host takes for errors
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(signal(c.Endpoint, "traces")), otlptracehttp.WithHeaders(c.Headers))
	if err != nil {
		return nil, fmt.Errorf("exporter of traces: %w", err)
	}
	return &Export{config: c, traces: sdktrace.NewTracerProvider(
		sdktrace.WithIDGenerator(tracing.IDs()), sdktrace.WithResource(c.Resource),
		sdktrace.WithBatcher(exporter, sdktrace.WithBatchTimeout(spansEvery)),
	)}, nil
}

// Traces makes spans that are sent.
func (e *Export) Traces() trace.TracerProvider { return e.traces }

// Figures are metrics that are brought up to date before they are read.
type Figures interface {
	Refresh(ctx context.Context)
	Gatherer() prometheus.Gatherer
}

// Push sends figures from now on. To be called once.
func (e *Export) Push(ctx context.Context, f Figures) error {
	exporter, err := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(signal(e.config.Endpoint, "metrics")), otlpmetrichttp.WithHeaders(e.config.Headers))
	if err != nil {
		return fmt.Errorf("exporter of metrics: %w", err)
	}
	from := refreshed{Figures: f, Producer: bridge.NewMetricProducer(bridge.WithGatherer(f.Gatherer()))}
	e.metrics = metric.NewMeterProvider(metric.WithResource(e.config.Resource),
		metric.WithReader(metric.NewPeriodicReader(exporter, metric.WithInterval(metricsEvery), metric.WithProducer(from))))
	return nil
}

// Close sends what is left and ends the goroutines. The handler never comes to it,
// because it is ended by SIGKILL.
func (e *Export) Close(ctx context.Context) error {
	err := e.traces.Shutdown(ctx)
	if e.metrics != nil {
		err = errors.Join(err, e.metrics.Shutdown(ctx))
	}
	return err
}

func signal(endpoint, name string) string { return strings.TrimRight(endpoint, "/") + "/v1/" + name }

type refreshed struct {
	Figures
	metric.Producer
}

func (r refreshed) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	r.Refresh(ctx)
	return r.Producer.Produce(ctx)
}

// complaints makes errors of the exporters lines in the log, one a minute.
type complaints struct {
	log *slog.Logger
	mu  sync.Mutex
	at  time.Time
}

// Handle implements otel.ErrorHandler.
func (c *complaints) Handle(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.at) < complainEvery {
		return
	}
	c.at = time.Now()
	c.log.Warn("telemetry could not be sent", "error", err)
}
