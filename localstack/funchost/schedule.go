package funchost

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// schedule is when a timer fires.
type schedule struct {
	cron.Schedule
	constant bool // an interval, not a calendar
}

// every fires at a fixed distance from the last start, fractions of a second
// included (cron.Every rounds them off).
type every time.Duration

func (e every) Next(t time.Time) time.Time { return t.Add(time.Duration(e)) }

// parseSchedule reads NCRONTAB with seconds ("0 */5 * * * *"), the same without
// seconds, or a TimeSpan ("00:05:00"). Times are in the machine's zone.
func parseSchedule(text string) (schedule, error) {
	fields := strings.Fields(text)
	switch {
	case len(fields) == 1 && strings.Contains(text, ":"):
		interval, err := parseTimeSpan(fields[0])
		if err == nil && interval == 0 {
			err = fmt.Errorf("%q is no interval", text)
		}
		if err != nil {
			return schedule{}, fmt.Errorf("schedule: %w", err)
		}
		return schedule{Schedule: every(interval), constant: true}, nil
	case len(fields) == 5:
		fields = append([]string{"0"}, fields...)
	case len(fields) != 6:
		return schedule{}, fmt.Errorf("schedule %q has %d fields instead of six", text, len(fields))
	}
	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)
	parsed, err := parser.Parse(strings.Join(fields, " "))
	if err != nil {
		return schedule{}, fmt.Errorf("schedule %q: %w", text, err)
	}
	if parsed.Next(time.Now()).IsZero() {
		return schedule{}, fmt.Errorf("schedule %q never fires", text)
	}
	return schedule{Schedule: parsed}, nil
}

// subMinute reports whether two neighbouring occurrences are less than a
// minute apart, looked at from a fixed moment so that the answer never changes.
func (s schedule) subMinute() bool {
	first := s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	return s.Next(first).Sub(first) < time.Minute
}
