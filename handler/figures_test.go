package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"certgate/internal/durable/durabletest"
	"certgate/internal/issuance/managed"
	"certgate/internal/issuance/managed/managedtest"
	"certgate/internal/memstore"
	"certgate/internal/metrics"
)

type noLimits struct{}

func (noLimits) Limits(context.Context) (map[string]map[string]time.Time, error) { return nil, nil }

// The workbook reads this line: its members and their names are a contract.
func TestTheFiguresAreOneLineThatNamesWhatExpiresFirst(t *testing.T) {
	t.Parallel()
	clock := durabletest.NewClock()
	store := memstore.New(clock.Now)
	records := managedtest.NewRecords()
	for name, days := range map[string]int{"late": 80, "soon": 5} {
		r := &managed.Record{Name: name + "-example-com", Hostnames: []string{name + ".example.com"}, NotBefore: clock.Now().Add(-24 * time.Hour), NotAfter: clock.Now().AddDate(0, 0, days), Version: "v1"}
		if err := records.SaveRecord(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	figures := metrics.New(metrics.Config{Records: records, Instances: store, Backlog: store, Queue: memstore.NewQueue(clock.Now), Limits: noLimits{}, Clock: clock.Now})
	log := &lockedLog{}
	logFigures(t.Context(), newLog(log, log, slog.LevelInfo), figures, clock.Now())
	var line struct {
		Msg               string
		Certificates      map[string]float64
		Queues            map[string]float64
		StepDueForSeconds *float64
		Expiring          []struct{ Hostname, NotAfter string }
	}
	if err := json.Unmarshal([]byte(strings.TrimSpace(log.String())), &line); err != nil {
		t.Fatalf("%v in %s", err, log)
	}
	if line.Msg != "figures" || len(line.Expiring) != 2 || line.Expiring[0].Hostname != "soon.example.com" || line.StepDueForSeconds == nil {
		t.Errorf("got %s", log)
	}
	total := 0.0
	for _, n := range line.Certificates {
		total += n
	}
	if _, poison := line.Queues["poison"]; total != 2 || !poison {
		t.Errorf("got %s", log)
	}
}
