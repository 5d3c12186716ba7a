package api

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Check is one dependency that health looks at.
type Check struct {
	Name string
	// Vital: without it certgate can do nothing, and health answers 503.
	Vital bool
	Run   func(context.Context) error
}

const (
	healthFor     = 30 * time.Second // an answer is good for so long; health is anonymous
	healthTimeout = 5 * time.Second
)

// health runs the checks at most once per healthFor, however often it is asked.
type health struct {
	checks  []Check
	version string
	mu      sync.Mutex
	at      time.Time
	report  healthReport
}

type healthReport struct {
	Status string        `json:"status"` // Healthy, Degraded, Unhealthy
	Checks []healthCheck `json:"checks"`
	// Version of the program: a release, or the commit that it was built from.
	Version string `json:"version"`
	At      string `json:"at"`
	vital   bool
}

type healthCheck struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
}

func newHealth(checks []Check, version string) *health {
	return &health{checks: checks, version: version}
}

func (h *health) look(ctx context.Context) healthReport {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	if now.Sub(h.at) < healthFor {
		return h.report
	}
	// The first caller's going away must not fail the checks for all.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
	defer cancel()
	results := make([]healthCheck, len(h.checks))
	var wg sync.WaitGroup
	for i, c := range h.checks {
		wg.Go(func() { results[i] = healthCheck{Name: c.Name, OK: c.Run(ctx) == nil} })
	}
	wg.Wait()
	report := healthReport{Status: "Healthy", Checks: results, Version: h.version, At: now.UTC().Format(timeFormat), vital: true}
	for i, c := range h.checks {
		if results[i].OK {
			continue
		}
		if report.Status == "Healthy" {
			report.Status = "Degraded"
		}
		if c.Vital {
			report.Status, report.vital = "Unhealthy", false
		}
	}
	h.at, h.report = now, report
	return report
}

// getHealth tells whether this process and what it depends on answer. It names
// no cause: anybody may ask.
func (s *server) getHealth(w http.ResponseWriter, r *http.Request) error {
	report := s.health.look(r.Context())
	status := http.StatusOK
	if !report.vital {
		status = http.StatusServiceUnavailable
	}
	writeJSON(w, status, report)
	return nil
}
