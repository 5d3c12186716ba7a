package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/robfig/cron/v3"
)

// timersOf reads how often an hour each timer function of the app runs, on the
// average of a day.
func timersOf(root string) (map[string]float64, error) {
	files, err := filepath.Glob(filepath.Join(root, "functions", "*", "function.json"))
	if err != nil {
		return nil, err
	}
	perHour := map[string]float64{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read the timers: %w", err)
		}
		var function struct {
			Bindings []struct{ Type, Schedule string }
		}
		if err := json.Unmarshal(raw, &function); err != nil {
			return nil, fmt.Errorf("read the timers: %s: %w", file, err)
		}
		for _, binding := range function.Bindings {
			if binding.Type != "timerTrigger" {
				continue
			}
			runs, err := runsPerDay(binding.Schedule)
			if err != nil {
				return nil, fmt.Errorf("read the timers: %s: %w", file, err)
			}
			perHour[filepath.Base(filepath.Dir(file))] = runs / 24
		}
	}
	if len(perHour) == 0 {
		return nil, errors.New("read the timers: no function has one")
	}
	return perHour, nil
}

// runsPerDay counts the occurrences of an NCRONTAB expression in a day.
func runsPerDay(schedule string) (float64, error) {
	parsed, err := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(schedule)
	if err != nil {
		return 0, fmt.Errorf("schedule %q: %w", schedule, err)
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Second)
	end, runs := at.AddDate(0, 0, 1), 0.0
	for at = parsed.Next(at); !at.After(end) && !at.IsZero(); at = parsed.Next(at) {
		runs++
	}
	return runs, nil
}
