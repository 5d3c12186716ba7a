package metrics

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	ofState = " From stored state: every process says the same."

	// lookEvery bounds the cost: what was read is shown for so long.
	lookEvery = time.Minute
	// lookTimeout leaves time to answer within the 10 seconds that Prometheus gives
	// a scrape by default.
	lookTimeout = 8 * time.Second
)

// stored shows the state that is in storage, as it was read last.
type stored struct {
	parts []part
	now   func() time.Time
	log   *slog.Logger

	looking sync.Mutex // held by whoever reads storage
	mu      sync.Mutex
	at      time.Time
	shown   []prometheus.Metric
}

// The parts that can be looked at by themselves.
const (
	Certificates = "certificates"
	Backlog      = "backlog"
	Queues       = "queues"
)

// part is a piece of stored state that can be read or not by itself.
type part struct {
	name string
	read func(ctx context.Context, now time.Time) ([]prometheus.Metric, error)
}

var (
	readSuccess = desc("certgate_state_read_success", "Whether a part of the stored state could be read; if 0, its figures are missing."+ofProcess, "part")
	readAt      = desc("certgate_state_read_timestamp_seconds", "When the stored state was read last."+ofProcess)
	readPartial = desc("certgate_state_read_partial", "Whether there is more of a part than was counted."+ofState, "part")
)

func newStored(c Config) *stored {
	return &stored{now: c.Clock, log: c.Log, parts: []part{
		{Certificates, certificates{c.Records}.read},
		{"listeners", surveyed{c.Listeners}.read},
		{"instances", instances{c.Instances}.read},
		{Backlog, backlog{c.Backlog}.read},
		{Queues, queues{c.Queue}.read},
		{"limits", limits{c.Limits}.read},
	}}
}

// refresh reads all parts at the same time, if what is shown is too old. Callers
// at the same time share one look, and nobody's going away spoils it.
func (s *stored) refresh(ctx context.Context) {
	s.looking.Lock()
	defer s.looking.Unlock()
	now := s.now().UTC()
	if now.Sub(s.at) < lookEvery {
		return
	}
	shown := s.read(context.WithoutCancel(ctx), now, s.parts)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.shown = now, append(shown, gauge(readAt, seconds(now)))
}

// read reads parts at the same time. What cannot be read is missing, and said to be.
func (s *stored) read(ctx context.Context, now time.Time, parts []part) (read []prometheus.Metric) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	found := make([][]prometheus.Metric, len(parts))
	var wg sync.WaitGroup
	for i, p := range parts {
		wg.Go(func() {
			metrics, err := p.read(ctx, now)
			if err != nil {
				s.log.WarnContext(ctx, "metrics: a part of the stored state cannot be read", "part", p.name, "error", err)
				metrics = nil
			}
			found[i] = append(metrics, gauge(readSuccess, truth(err == nil), p.name))
		})
	}
	wg.Wait()
	return slices.Concat(found...)
}

// Describe implements prometheus.Collector.
func (s *stored) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		readSuccess, readAt, readPartial,
		certificateCount, certificateExpiry, certificateProblem, certificateCheck, listenerCount, listenerExpiry, listenerProblem,
		deliveries, deliverySeconds, undelivered, instancesStarted, instanceEnd, stepSince, instancesActive, stepDue, queueMessages, poisonSince, authorityLimit,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (s *stored) Collect(ch chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.shown {
		ch <- m
	}
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

func gauge(d *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
