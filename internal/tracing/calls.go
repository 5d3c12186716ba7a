package tracing

import (
	"context"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// The names are those of OpenTelemetry's conventions for HTTP clients. url.full is
// left out on purpose: queries have signatures in them.
const (
	attrMethod = attribute.Key("http.request.method")
	attrAnswer = attribute.Key("http.response.status_code")
	attrServer = attribute.Key("server.address")
	attrPath   = attribute.Key("url.path")
	attrError  = attribute.Key("error.type")
)

// Calls makes spans of the requests that one outside service gets, retries
// included. Requests that no step sends have none: what people and probes ask for
// would only bury the steps.
type Calls struct {
	tracer  trace.Tracer
	service string
}

// NewCalls makes spans whose names begin with the service's.
func NewCalls(p trace.TracerProvider, service string) *Calls {
	return &Calls{tracer: p.Tracer(scope), service: service}
}

// Do implements policy.Policy of the Azure SDK; it belongs with the policies that
// run once for each try.
func (c *Calls) Do(req *policy.Request) (*http.Response, error) {
	ctx, span := c.start(req.Raw().Context(), req.Raw())
	resp, err := req.WithContext(ctx).Next()
	finish(span, resp, err)
	return resp, err
}

// RoundTripper makes spans of the requests that go through next.
func (c *Calls) RoundTripper(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		ctx, span := c.start(r.Context(), r)
		resp, err := next.RoundTrip(r.WithContext(ctx))
		finish(span, resp, err)
		return resp, err
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (c *Calls) start(ctx context.Context, r *http.Request) (context.Context, trace.Span) {
	if parent := trace.SpanFromContext(ctx); !parent.IsRecording() {
		return ctx, parent // records nothing
	}
	return c.tracer.Start(ctx, c.service+" "+r.Method, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(
		attrMethod.String(r.Method), attrServer.String(r.URL.Hostname()), attrPath.String(r.URL.Path)))
}

// finish ends the span when the headers are there. The text of an error is for the
// log: it repeats the URL.
func finish(span trace.Span, resp *http.Response, err error) {
	switch {
	case !span.IsRecording():
		return
	case err != nil:
		span.SetAttributes(attrError.String("no answer"))
		span.SetStatus(codes.Error, "no answer")
	default:
		span.SetAttributes(attrAnswer.Int(resp.StatusCode))
		if resp.StatusCode >= http.StatusBadRequest {
			span.SetStatus(codes.Error, http.StatusText(resp.StatusCode))
		}
	}
	span.End()
}
