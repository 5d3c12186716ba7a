package tracing

import (
	"context"
	"crypto/rand"
	"crypto/sha256"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// TraceOf is the trace of an instance: its id, read as a trace id. ok is false for
// what is no instance id.
func TraceOf(instance string) (id trace.TraceID, ok bool) {
	id, err := trace.TraceIDFromHex(instance)
	return id, err == nil
}

// rootOf is the span of the instance itself, whoever makes a span below it.
func rootOf(instance string) (trace.SpanContext, bool) {
	id, ok := TraceOf(instance)
	if !ok {
		return trace.SpanContext{}, false
	}
	sum := sha256.Sum256([]byte("span of instance " + instance))
	return trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: id, SpanID: trace.SpanID(sum[:8]), TraceFlags: trace.FlagsSampled, Remote: true,
	}), true
}

// IDs makes the ids of spans: random ones, but those of an instance's own span
// where that is what begins. A trace provider needs it, or the instance's own span
// would start a trace of its own.
func IDs() sdktrace.IDGenerator { return ids{} }

type ids struct{}

// wantedKey carries the ids that the next root span gets.
type wantedKey struct{}

func (ids) NewIDs(ctx context.Context) (id trace.TraceID, span trace.SpanID) {
	if wanted, ok := ctx.Value(wantedKey{}).(trace.SpanContext); ok {
		return wanted.TraceID(), wanted.SpanID()
	}
	rand.Read(id[:]) // never fails: crypto/rand crashes the process instead
	return id, newSpanID()
}

func (ids) NewSpanID(context.Context, trace.TraceID) trace.SpanID { return newSpanID() }

func newSpanID() (span trace.SpanID) {
	rand.Read(span[:])
	return span
}
