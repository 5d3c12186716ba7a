package telemetry_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/resource"

	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/issuance/managed"
	"certgate/internal/metrics"
	"certgate/internal/telemetry"
	"certgate/internal/tracing"
)

const secret = "make-believe-s3cret"

// start sends to the receiver as one process of the app does.
func start(t *testing.T, to *receiver, log *slog.Logger) *telemetry.Export {
	t.Helper()
	about, err := telemetry.NewResource(t.Context(), "certgate-test", "abc123", func(name string) string {
		return map[string]string{"WEBSITE_SITE_NAME": "certgate-app", "REGION_NAME": "westeurope"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	return startAs(t, to.URL, about, log)
}

func startAs(t *testing.T, endpoint string, about *resource.Resource, log *slog.Logger) *telemetry.Export {
	t.Helper()
	e, err := telemetry.Start(t.Context(), telemetry.Config{
		Endpoint: endpoint + "/otlp/", Headers: map[string]string{"Api-Key": secret}, Resource: about, Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func sendAll(t *testing.T, e *telemetry.Export) {
	t.Helper()
	if err := e.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTheSameFiguresArePushed(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	figures := metrics.New(metrics.Config{Records: w.Records, Listeners: &inventorytest.Rows{}, Instances: w.Store, Backlog: w.Store, Queue: w.Queue, Limits: noLimits{}, Clock: w.Clock.Now})
	w.Runner.Observe(figures)
	e := start(t, to, slog.New(slog.DiscardHandler))
	if err := e.Push(t.Context(), figures); err != nil {
		t.Fatal(err)
	}
	w.Add("shop.example.com")
	w.Drain()
	sendAll(t, e)
	families, err := figures.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if m := to.metrics[f.GetName()]; m == nil || m.Description != f.GetHelp() {
			t.Errorf("%s was not pushed", f.GetName())
		}
	}
	states := to.metrics["certgate_certificates"].GetGauge().GetDataPoints()
	if len(states) != len(managed.Standings()) {
		t.Errorf("%d states of certificates were pushed", len(states))
	}
}

// The collector holds every answer back until the flow is over.
func TestACollectorThatDoesNotAnswerHoldsUpNoStep(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	to.hold = make(chan struct{})
	w := issuancetest.NewWorld(t)
	e := start(t, to, slog.New(slog.DiscardHandler))
	w.Runner.Observe(tracing.NewTurns(e.Traces(), nil))
	for i := range 200 { // more spans than the buffer takes
		w.Add(string(rune('a'+i%26)) + strings.Repeat("x", i/26) + ".example.com")
	}
	w.Drain()
	if n := len(w.Instances(issuance.FlowAddCertificate)); n != 200 {
		t.Fatalf("%d instances", n)
	}
	close(to.hold)
	sendAll(t, e)
}

// Not parallel: the environment is one for the process.
func TestTheStandardSamplerDecidesForWholeTraces(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	e := start(t, to, slog.New(slog.DiscardHandler))
	w.Runner.Observe(tracing.NewTurns(e.Traces(), nil))
	var all []string
	for i := range 30 {
		all = append(all, w.Add(fmt.Sprintf("h%d.example.com", i)))
	}
	w.Drain()
	sendAll(t, e)
	spans := map[string]int{}
	for _, s := range to.spans {
		spans[hex.EncodeToString(s.TraceId)]++
	}
	if len(spans) == 0 || len(spans) == len(all) {
		t.Errorf("%d of %d traces were sent, want about half", len(spans), len(all))
	}
	for id, n := range spans {
		if events, err := w.Store.History(t.Context(), id); err != nil || n != len(events) {
			t.Errorf("trace %s has %d spans, %d turns and the instance: %v", id, n, len(events)-1, err)
		}
	}
}

// Not parallel: the handler of errors is one for the process.
func TestACollectorThatRefusesIsOneLineInTheLogWithoutSecrets(t *testing.T) {
	var log bytes.Buffer
	refusing := newService(t, http.StatusForbidden)
	e := startAs(t, refusing, resource.Empty(), slog.New(slog.NewJSONHandler(&log, nil)))
	_, span := e.Traces().Tracer("test").Start(t.Context(), "step")
	span.End()
	if err := e.Close(t.Context()); err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the error has a secret: %v", err)
	}
	otel.Handle(errors.New("again"))
	if n := strings.Count(log.String(), "telemetry could not be sent"); n != 1 || strings.Contains(log.String(), secret) {
		t.Errorf("%d lines in the log, want one a minute without secrets: %s", n, log.String())
	}
}

type noLimits struct{}

func (noLimits) Limits(context.Context) (map[string]map[string]time.Time, error) { return nil, nil }

// newService answers everything with the status.
func newService(t *testing.T, status int) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
