package tracing

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"certgate/internal/durable"
	"certgate/internal/issuance"
)

// The attributes of spans. They are documented in docs/operations.md.
const (
	attrInstance    = attribute.Key("certgate.instance")
	attrFlow        = attribute.Key("certgate.flow")
	attrStep        = attribute.Key("certgate.step")
	attrHostname    = attribute.Key("certgate.hostname")
	attrTurn        = attribute.Key("certgate.turn")
	attrAttempt     = attribute.Key("certgate.attempt")
	attrRedelivered = attribute.Key("certgate.redelivered")
	attrResult      = attribute.Key("certgate.result")
	attrNext        = attribute.Key("certgate.next")
	attrMessage     = attribute.Key("certgate.message")
	attrCode        = attribute.Key("certgate.code")
	attrStatus      = attribute.Key("certgate.status")
	attrInvocation  = attribute.Key("faas.invocation_id")
)

// Turns makes a span of each run of a step. It is a durable.Observer.
type Turns struct {
	tracer     trace.Tracer
	invocation func(context.Context) string
}

// NewTurns makes spans with the provider, which must have IDs. invocation finds
// the host's id of the invocation that a context belongs to; nil for none.
func NewTurns(p trace.TracerProvider, invocation func(context.Context) string) *Turns {
	return &Turns{tracer: p.Tracer(scope), invocation: invocation}
}

const scope = "certgate"

// Turn implements durable.Observer.
func (s *Turns) Turn(ctx context.Context, inst *durable.Instance, t durable.Turn) (context.Context, func(durable.TurnEnd)) {
	root, ok := rootOf(inst.ID)
	if !ok {
		return ctx, func(durable.TurnEnd) {}
	}
	running, span := s.tracer.Start(trace.ContextWithSpanContext(ctx, root), t.Step, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(append(s.about(ctx, inst), attrStep.String(t.Step), attrTurn.Int64(t.Seq),
			attrAttempt.Int(t.Attempt+1), attrRedelivered.Bool(t.Redelivered))...))
	return running, func(end durable.TurnEnd) {
		span.SetAttributes(attrResult.String(string(end.Result)))
		if end.Event.Message != "" {
			span.SetAttributes(attrMessage.String(end.Event.Message))
		}
		switch end.Result {
		case durable.TurnFailed:
			span.SetAttributes(attrCode.String(end.Event.Code))
			span.SetStatus(codes.Error, end.Event.Message)
		case durable.TurnRetrying:
			span.SetStatus(codes.Error, end.Event.Message)
		case durable.TurnNotStored:
			span.SetStatus(codes.Error, "The turn could not be stored; the log has the reason.")
		case durable.TurnDone:
			span.SetAttributes(attrNext.String(end.Instance.Step))
		}
		span.End()
		if end.Event.Kind != "" {
			s.end(ctx, end.Instance)
		}
	}
}

// Stored implements durable.Observer: a span without length.
func (s *Turns) Stored(ctx context.Context, inst *durable.Instance, e durable.Event) {
	root, ok := rootOf(inst.ID)
	if !ok {
		return
	}
	_, span := s.tracer.Start(trace.ContextWithSpanContext(ctx, root), e.Kind, trace.WithAttributes(append(s.about(ctx, inst), attrStep.String(e.Step))...))
	if e.Message != "" {
		span.SetAttributes(attrMessage.String(e.Message))
	}
	if e.Kind == durable.EventFailed {
		span.SetAttributes(attrCode.String(e.Code))
		span.SetStatus(codes.Error, e.Message)
	}
	span.End()
	s.end(ctx, inst)
}

// end makes the span of the instance itself, once it has ended: a span is written
// when it is over, and no process lives as long as an instance.
func (s *Turns) end(ctx context.Context, inst *durable.Instance) {
	root, ok := rootOf(inst.ID)
	if !ok || !inst.Status.Ended() {
		return
	}
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithTimestamp(inst.CreatedAt), trace.WithAttributes(append(s.about(ctx, inst), attrStatus.String(string(inst.Status)))...)}
	if parent, ok := rootOf(inst.Parent); ok {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: parent}))
	}
	_, span := s.tracer.Start(context.WithValue(ctx, wantedKey{}, root), inst.Flow, options...)
	if inst.Status == durable.Failed {
		span.SetAttributes(attrCode.String(inst.Custom.Error))
		span.SetStatus(codes.Error, inst.Custom.Message)
	}
	span.End(trace.WithTimestamp(inst.UpdatedAt))
}

func (s *Turns) about(ctx context.Context, inst *durable.Instance) []attribute.KeyValue {
	about := []attribute.KeyValue{attrInstance.String(inst.ID), attrFlow.String(inst.Flow)}
	if hostname, ok := strings.CutPrefix(inst.Claim, issuance.Claim("")); ok {
		about = append(about, attrHostname.String(hostname))
	}
	if s.invocation != nil {
		if id := s.invocation(ctx); id != "" {
			about = append(about, attrInvocation.String(id))
		}
	}
	return about
}
