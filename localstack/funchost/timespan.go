package funchost

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var timeSpanPattern = regexp.MustCompile(`^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$`)

// parseTimeSpan reads a .NET TimeSpan: [days.]hours:minutes[:seconds[.fraction]].
// Hours end at 23; .NET reads "24:00:00" as 24 days, which is never meant, so it
// is refused here.
func parseTimeSpan(text string) (time.Duration, error) {
	m := timeSpanPattern.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is not a time span such as 00:00:30", text)
	}
	days, hours, minutes, seconds := number(m[1]), number(m[2]), number(m[3]), number(m[4])
	if hours > 23 || minutes > 59 || seconds > 59 || days > 10000 {
		return 0, fmt.Errorf("%q is not a time span: hours end at 23, minutes and seconds at 59", text)
	}
	d := time.Duration(days*24+hours)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second
	if m[5] != "" {
		fraction, err := time.ParseDuration("0" + m[5] + "s")
		if err != nil {
			return 0, fmt.Errorf("%q is not a time span: %w", text, err)
		}
		d += fraction
	}
	return d, nil
}

// number reads digits that the pattern has checked; none is 0. An overflow is
// the largest number, which the caller refuses.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
