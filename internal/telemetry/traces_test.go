package telemetry_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/telemetry"
	"certgate/internal/tracing"
)

// Two processes take turns at the steps, as the host hands out messages, and
// neither tells the other anything.
func TestTheStepsOfAnInstanceAreOneTraceWhicheverProcessRunsThem(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	refused := false
	w.CA.Refuse = func(issuance.OrderRequest) error {
		if refused {
			return nil
		}
		refused = true
		return &durable.RetryLater{After: time.Hour, Reason: "The certificate authority limits requests.", Err: errors.New("key " + secret)}
	}
	var processes []*durable.Runner
	var exports []*telemetry.Export
	for range 2 {
		e := start(t, to, slog.New(slog.DiscardHandler))
		exports = append(exports, e)
		r := durable.NewRunner(durable.Config{Store: w.Store, Queue: w.Queue, Clock: w.Clock.Now, Flows: []durable.Definition{issuance.AddCertificate(w.Ports())}})
		r.Observe(tracing.NewTurns(e.Traces(), func(context.Context) string { return "invocation-1" }))
		processes = append(processes, r)
	}
	turn := 0
	w.Pump.Handle = func(ctx context.Context, m durable.Message, dequeues int) error {
		turn++
		return processes[turn%2].Handle(ctx, m, durable.Delivery{Redelivered: dequeues > 1})
	}
	shop, www := w.Add("shop.example.com"), w.Add("www.example.com")
	w.Drain()

	for _, e := range exports {
		sendAll(t, e)
	}
	if len(to.resources) < 2 {
		t.Errorf("%d batches of spans came, want some of each process", len(to.resources))
	}
	traces := map[string][]*tracepb.Span{}
	for _, s := range to.spans {
		id := hex.EncodeToString(s.TraceId)
		traces[id] = append(traces[id], s)
	}
	if len(traces) != 2 {
		t.Errorf("%d traces, want one for each of 2 instances", len(traces))
	}
	for id, hostname := range map[string]string{shop: "shop.example.com", www: "www.example.com"} {
		oneTrace(t, w, id, hostname, traces[id])
	}
	for _, body := range to.bodies {
		if strings.Contains(body, secret) || strings.Contains(body, "PRIVATE KEY") {
			t.Error("a secret was sent")
		}
	}
	for _, h := range to.headers {
		if h.Get("Api-Key") != secret {
			t.Error("the headers that the collector wants are missing")
		}
	}
}

// oneTrace holds a trace against the history of its instance.
func oneTrace(t *testing.T, w *issuancetest.World, id, hostname string, spans []*tracepb.Span) {
	t.Helper()
	roots := slices.DeleteFunc(slices.Clone(spans), func(s *tracepb.Span) bool { return len(s.ParentSpanId) > 0 })
	if len(roots) != 1 || roots[0].Name != issuance.FlowAddCertificate || text(roots[0], "certgate.status") != "Completed" {
		t.Fatalf("the instance's own span is not the one at the top: %v", roots)
	}
	root, inst := roots[0], w.Instance(id)
	if root.StartTimeUnixNano != uint64(inst.CreatedAt.UnixNano()) || root.EndTimeUnixNano != uint64(inst.UpdatedAt.UnixNano()) {
		t.Error("the instance's own span does not span its life")
	}
	byTurn := map[int64]*tracepb.Span{}
	for _, s := range spans {
		if s == root {
			continue
		}
		if !bytes.Equal(s.ParentSpanId, root.SpanId) {
			t.Errorf("%s hangs under another span", s.Name)
		}
		if text(s, "certgate.hostname") != hostname || text(s, "certgate.instance") != id || text(s, "certgate.flow") != inst.Flow || text(s, "faas.invocation_id") != "invocation-1" {
			t.Errorf("%s lacks what it is about: %v", s.Name, s.Attributes)
		}
		byTurn[number(s, "certgate.turn")] = s
	}
	events, err := w.Store.History(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events[1:] { // the first is the start
		s := byTurn[e.Seq-1]
		if s == nil || s.Name != e.Step || number(s, "certgate.attempt") != 1 {
			t.Errorf("turn %d of step %s has the span %v", e.Seq-1, e.Step, s)
			continue
		}
		want := "done"
		if e.Kind == durable.EventWaiting {
			want = "waiting"
		}
		if text(s, "certgate.result") != want || text(s, "certgate.message") != e.Message {
			t.Errorf("step %s: %v, want %s and %q", e.Step, s.Attributes, want, e.Message)
		}
	}
	if len(byTurn) != len(events)-1 || len(spans) != len(events) {
		t.Errorf("%d spans for %d turns", len(spans), len(events)-1)
	}
}

func TestAFailureShowsItsCodeAndNoSecret(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	w.CA.Refuse = func(issuance.OrderRequest) error {
		return &durable.Failure{Code: "CertificateAuthorityRefused", Message: "The authority says no.", Err: errors.New(secret)}
	}
	e := start(t, to, slog.New(slog.DiscardHandler))
	w.Runner.Observe(tracing.NewTurns(e.Traces(), nil))
	w.Add("shop.example.com")
	w.Drain()
	sendAll(t, e)
	failed := 0
	for _, s := range to.spans {
		if text(s, "certgate.code") == "CertificateAuthorityRefused" && s.Status.Code == tracepb.Status_STATUS_CODE_ERROR && s.Status.Message == "The authority says no." {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("%d spans show the failure, want the step's and the instance's", failed)
	}
	if all := strings.Join(to.bodies, ""); strings.Contains(all, secret) {
		t.Error("a secret was sent")
	}
}

func TestAnInstancePointsAtTheOneThatStartedIt(t *testing.T) {
	t.Parallel()
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	e := start(t, to, slog.New(slog.DiscardHandler))
	w.Runner.Observe(tracing.NewTurns(e.Traces(), nil))
	parent := durable.NewID("parent")
	w.Start(durable.Start{Flow: issuance.FlowAddCertificate, Claim: issuance.Claim("shop.example.com"), Input: []byte(`{"hostnames":[{"hostname":"shop.example.com"}]}`), Parent: parent})
	// Somebody else's span is in the context, as when a step ends another instance.
	ctx, around := e.Traces().Tracer("test").Start(t.Context(), "around")
	if err := w.Pump.Drain(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	around.End()
	sendAll(t, e)
	for _, s := range to.spans {
		if s.Name == issuance.FlowAddCertificate && len(s.ParentSpanId) > 0 {
			t.Error("the instance hangs under a span of somebody else")
		}
		if s.Name == issuance.FlowAddCertificate && (len(s.Links) != 1 || hex.EncodeToString(s.Links[0].TraceId) != parent) {
			t.Errorf("%s has the links %v, want one to %s", s.Name, s.Links, parent)
		}
	}
}

func TestRequestsOfAStepAreSpansBelowItWithoutTheirQuery(t *testing.T) {
	t.Parallel()
	service := newService(t, http.StatusTooManyRequests)
	to := newReceiver(t)
	w := issuancetest.NewWorld(t)
	e := start(t, to, slog.New(slog.DiscardHandler))
	w.Runner.Observe(tracing.NewTurns(e.Traces(), nil))
	client := &http.Client{Transport: tracing.NewCalls(e.Traces(), "certificateAuthority").RoundTripper(http.DefaultTransport)}
	ask := func(ctx context.Context) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, service+"/order/1?sig="+secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", secret)
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
	}
	w.Runner.Add(durable.Flow[struct{}]{Name: "Asks", Begin: func(json.RawMessage) (struct{}, error) { return struct{}{}, nil }, Steps: []durable.Step[struct{}]{{
		Name: "AskStep", Run: func(ctx context.Context, _ durable.Turn, _ *struct{}) (durable.Outcome, error) {
			ask(ctx)
			return durable.Done(), nil
		},
	}}}.Define())
	w.Start(durable.Start{Flow: "Asks", Claim: "asks", Input: []byte(`{}`)})
	w.Drain()
	ask(t.Context()) // of nobody's step: no span
	sendAll(t, e)
	var step, call *tracepb.Span
	for _, s := range to.spans {
		switch s.Name {
		case "AskStep":
			step = s
		case "certificateAuthority GET":
			if call != nil {
				t.Error("a request outside of a step has a span")
			}
			call = s
		}
	}
	if step == nil || call == nil || !bytes.Equal(call.ParentSpanId, step.SpanId) || !bytes.Equal(call.TraceId, step.TraceId) {
		t.Fatalf("the request's span is not below the step's: %v", to.spans)
	}
	if text(call, "url.path") != "/order/1" || number(call, "http.response.status_code") != http.StatusTooManyRequests || call.Status.Code != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("the request's span says %v", call)
	}
	if strings.Contains(strings.Join(to.bodies, ""), secret) {
		t.Error("a secret was sent")
	}
}
