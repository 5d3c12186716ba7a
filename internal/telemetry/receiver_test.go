package telemetry_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// receiver is a collector that keeps what it gets.
type receiver struct {
	*httptest.Server
	// hold, if not nil, keeps answers back until it is closed.
	hold chan struct{}

	mu        sync.Mutex
	spans     []*tracepb.Span
	metrics   map[string]*metricspb.Metric
	resources []*resourcepb.Resource
	headers   []http.Header
	bodies    []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{metrics: map[string]*metricspb.Metric{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.hold != nil {
			<-r.hold
		}
		if err := r.take(req); err != nil {
			t.Errorf("%s: %v", req.URL.Path, err)
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) take(req *http.Request) error {
	body := io.Reader(req.Body)
	if req.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(req.Body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.headers, r.bodies = append(r.headers, req.Header), append(r.bodies, string(raw))
	if strings.HasSuffix(req.URL.Path, "/v1/metrics") {
		return r.takeMetrics(raw)
	}
	var batch collectortrace.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &batch); err != nil {
		return err
	}
	for _, resource := range batch.ResourceSpans {
		r.resources = append(r.resources, resource.Resource)
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
	return nil
}

func (r *receiver) takeMetrics(raw []byte) error {
	var batch collectormetrics.ExportMetricsServiceRequest
	if err := proto.Unmarshal(raw, &batch); err != nil {
		return err
	}
	for _, resource := range batch.ResourceMetrics {
		for _, scope := range resource.ScopeMetrics {
			for _, m := range scope.Metrics {
				r.metrics[m.Name] = m
			}
		}
	}
	return nil
}

// text is an attribute of a span; "" if it has none.
func text(s *tracepb.Span, key string) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetStringValue()
		}
	}
	return ""
}

func number(s *tracepb.Span, key string) int64 {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.GetIntValue()
		}
	}
	return -1
}
