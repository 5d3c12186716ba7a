package e2e

import (
	"bytes"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	collectortrace "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"certgate/localstack"
	"certgate/localstack/localstacktest"
	"certgate/localstack/waittest"
)

// spans collects the names of spans by trace.
type spans struct {
	mu     sync.Mutex
	names  map[string][]string
	bodies bytes.Buffer
}

func (s *spans) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/v1/traces") {
		return
	}
	var batch collectortrace.ExportTraceServiceRequest
	if proto.Unmarshal(raw, &batch) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bodies.Write(raw)
	for _, resource := range batch.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, span := range scope.Spans {
				id := hex.EncodeToString(span.TraceId)
				s.names[id] = append(s.names[id], span.Name)
			}
		}
	}
}

func (s *spans) of(trace string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "\n" + strings.Join(s.names[trace], "\n") + "\n"
}

func scrape(t *testing.T, w *localstacktest.World) string {
	t.Helper()
	code, raw := w.Call(http.MethodGet, "/api/metrics", "")
	if code != http.StatusOK {
		t.Fatalf("metrics: %d %s", code, raw)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	if _, err := parser.TextToMetricFamilies(bytes.NewReader(raw)); err != nil {
		t.Fatalf("metrics: %v", err)
	}
	return string(raw)
}

func TestAnIssuedCertificateIsSeenInMetricsAndAsOneTrace(t *testing.T) {
	t.Parallel()
	seen := &spans{names: map[string][]string{}}
	collector := httptest.NewServer(seen)
	t.Cleanup(collector.Close)
	w := localstacktest.Start(t, localstack.Options{Env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL}})
	id := w.Request("shop.example.test")
	completes(t, w, id)

	// The last look of this process at storage may have been a push before the end, or
	// between the certificate's record and the end of its instance.
	text := ""
	waittest.Holds(90*time.Second, func() bool {
		text = scrape(t, w)
		return strings.Contains(text, `certgate_certificates{state="ok"} 1`) && !strings.Contains(text, `status="Running"} 1`)
	})
	for _, want := range []string{
		`certgate_certificates{state="ok"} 1`,
		`certgate_certificate_expiry_timestamp_seconds{hostname="shop.example.test",name="shop-example-test"} `,
		`certgate_instances_started{code="",flow="AddCertificateFunctions",status="Completed"} 1`,
		`certgate_instances_ended_total{code="",flow="AddCertificateFunctions",status="Completed"} 1`,
		`certgate_step_runs_total{flow="AddCertificateFunctions",result="done",step="VerifyServedCertificateStep"} 1`,
		`certgate_queue_messages{queue="poison"} 0`,
		`certgate_state_read_success{part="queues"} 1`,
	} {
		if !strings.Contains(text, "\n"+want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}

	// Spans come within a second or two of the last step.
	wanted := []string{
		"AddCertificateFunctions", "CheckDnsResolutionStep", "CreateCertificateStep", "VerifyServedCertificateStep",
		"tableStorage POST", "queueStorage POST", "keyVault POST", "certificateAuthority POST", "blobStorage PUT",
	}
	missing := ""
	waittest.Holds(20*time.Second, func() bool {
		missing = ""
		for _, name := range wanted {
			if !strings.Contains(seen.of(id), "\n"+name+"\n") {
				missing = name
			}
		}
		return missing == ""
	})
	if missing != "" {
		t.Errorf("the trace of the instance lacks %s; it has %s", missing, seen.of(id))
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for _, secret := range []string{"sig=", "AccountKey", "SharedKey", "PRIVATE KEY", "Bearer "} {
		if strings.Contains(seen.bodies.String(), secret) {
			t.Errorf("%q was sent to the collector", secret)
		}
	}
}

// What docs/operations.md says of the cost of a scrape.
func TestAScrapeCostsWhatTheDocumentationSays(t *testing.T) {
	t.Parallel()
	w := localstacktest.Start(t, localstack.Options{})
	completes(t, w, w.Request("shop.example.test"))
	before := w.Door.Counts()
	for range 3 {
		scrape(t, w)
	}
	cost := w.Door.Counts().Sub(before)
	delete(cost, "queue receive") // the host's own
	table, queue := cost.Of("table"), cost.Of("queue")
	if table != 10 && table != 11 || queue != 2 {
		t.Errorf("three scrapes cost %v: %d table requests and %d queue requests, want 10 (11 with the authority's limits) and 2", cost, table, queue)
	}
	t.Logf("three scrapes: %v", cost)

	// Another process says the same of what is stored.
	first := stateOf(scrape(t, w))
	if err := w.Host.KillHandler(); err != nil {
		t.Fatal(err)
	}
	second := ""
	waittest.Holds(time.Minute, func() bool {
		if code, raw := w.Call(http.MethodGet, "/api/metrics", ""); code == http.StatusOK {
			second = stateOf(string(raw))
		}
		return second != ""
	})
	if second != first {
		t.Errorf("after a restart the stored state is\n%s, before it was\n%s", second, first)
	}
}

// stateOf is the part of the metrics that comes from storage and stands still.
func stateOf(text string) (lines string) {
	for line := range strings.Lines(text) {
		for _, name := range []string{"certgate_certificates{", "certgate_certificate_expiry", "certgate_instances_started{", "certgate_queue_messages{"} {
			if strings.HasPrefix(line, name) {
				lines += line
			}
		}
	}
	return lines
}
