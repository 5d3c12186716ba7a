package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"certgate/internal/durable"
	"certgate/internal/inventory/inventorytest"
	"certgate/internal/issuance/issuancetest"
	"certgate/internal/memstore"
	"certgate/internal/metrics"
)

// world issues certificates in memory and is looked at through its figures.
type world struct {
	*issuancetest.World
	metrics *metrics.Metrics
	looks   *storage
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: issuancetest.NewWorld(t)}
	w.looks = &storage{Store: w.Store, Queue: w.Queue}
	w.metrics = metrics.New(metrics.Config{
		Records: w.Records, Listeners: &inventorytest.Rows{}, Instances: w.looks, Backlog: w.looks, Queue: w.looks, Limits: w.looks, Revision: "abc123", Clock: w.Clock.Now,
	})
	w.Runner.Observe(w.metrics)
	return w
}

// storage counts the calls that look at the stored state, and may refuse them.
type storage struct {
	*memstore.Store
	Queue   *memstore.Queue
	calls   atomic.Int32
	refuses atomic.Bool
	limits  map[string]map[string]time.Time
}

var errRefused = errors.New("403 for https://store.table.core.windows.net/certgate?sig=s3cret")

func (s *storage) called() error {
	s.calls.Add(1)
	if s.refuses.Load() {
		return errRefused
	}
	return nil
}

func (s *storage) List(ctx context.Context, f durable.Filter) ([]*durable.Instance, string, error) {
	if err := s.called(); err != nil {
		return nil, "", err
	}
	return s.Store.List(ctx, f)
}

func (s *storage) Backlog(ctx context.Context, limit int) (durable.Backlog, error) {
	if err := s.called(); err != nil {
		return durable.Backlog{}, err
	}
	return s.Store.Backlog(ctx, limit)
}

func (s *storage) Depth(ctx context.Context) (durable.QueueDepth, error) {
	if err := s.called(); err != nil {
		return durable.QueueDepth{}, err
	}
	return s.Queue.Depth(ctx)
}

func (s *storage) Limits(context.Context) (map[string]map[string]time.Time, error) {
	return s.limits, s.called()
}

// scrape is the text of the figures.
func (w *world) scrape() string {
	w.Helper()
	rec := httptest.NewRecorder()
	w.metrics.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/api/metrics", nil))
	if rec.Code != http.StatusOK || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
		w.Fatalf("%d %s\n%s", rec.Code, rec.Header(), rec.Body)
	}
	return rec.Body.String()
}

// figures parses a scrape.
func figures(t *testing.T, text string) map[string]*dto.MetricFamily {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewBufferString(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return families
}

// has reports whether a scrape has the very line.
func has(text, line string) bool { return strings.Contains("\n"+text, "\n"+line+"\n") }
