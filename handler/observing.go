package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"certgate/internal/azurestore"
	"certgate/internal/durable"
	"certgate/internal/metrics"
	"certgate/internal/settings"
	"certgate/internal/telemetry"
	"certgate/internal/tracing"
)

// observing sends traces and metrics to a collector. Without one its export is nil,
// and nothing is put into any request's way.
type observing struct {
	export *telemetry.Export
	log    *slog.Logger
}

func startObserving(s settings.Telemetry, log *slog.Logger) (observing, error) {
	if s.Endpoint == "" {
		return observing{log: log}, nil
	}
	ctx := context.Background() // for the exporters' making alone, which does no I/O
	about, err := telemetry.NewResource(ctx, s.ServiceName, revision(), os.Getenv)
	if err != nil {
		return observing{}, fmt.Errorf("telemetry: %w", err)
	}
	headers := map[string]string{}
	for name, value := range s.Headers {
		headers[name] = value.Reveal()
	}
	export, err := telemetry.Start(ctx, telemetry.Config{Endpoint: s.Endpoint, Headers: headers, Resource: about, Log: log})
	if err != nil {
		return observing{}, fmt.Errorf("telemetry: %w", err)
	}
	return observing{export: export, log: log}, nil
}

// eachTry sees the requests to a service of Azure; nil if there is no observer.
func (o observing) eachTry(service string) []policy.Policy {
	if o.export == nil {
		return nil
	}
	return []policy.Policy{tracing.NewCalls(o.export.Traces(), service)}
}

// around sees the requests to any other service; nil if there is no observer.
func (o observing) around(service string) func(http.RoundTripper) http.RoundTripper {
	if o.export == nil {
		return nil
	}
	return tracing.NewCalls(o.export.Traces(), service).RoundTripper
}

// watch makes the engine's doings figures, and spans if a collector wants them.
func (o observing) watch(runner *durable.Runner, store *azurestore.Store, queue *azurestore.Queue, limits metrics.Limits) (*metrics.Metrics, error) {
	figures := metrics.New(metrics.Config{
		Records: store, Listeners: store, Instances: store, Backlog: store, Queue: queue, Limits: limits, Revision: revision(), Log: o.log,
	})
	runner.Observe(figures)
	store.OnUnreadable(func(ctx context.Context, row *durable.UnreadableError) {
		o.log.ErrorContext(ctx, "a stored row cannot be read", "kind", row.Kind, "id", row.ID, "row", row.Row, "error", row.Err)
		figures.RowUnreadable(row.Kind)
	})
	if o.export == nil {
		return figures, nil
	}
	runner.Observe(tracing.NewTurns(o.export.Traces(), invocationOf))
	if err := o.export.Push(context.Background(), figures); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return figures, nil
}

// version is the release that the program was built from, such as "v1.2.0", or the
// commit after it, as the Go toolchain writes it into the program:
// "v1.2.1-0.20260501120000-abcdef123456", with "+dirty" for changed files.
func version() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil || info.Main.Version == "(devel)" {
		return revision() // the package's file "version" says the same
	}
	return info.Main.Version
}

// revision is the commit that the program was built from; "" if the build did not
// say.
func revision() string {
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
