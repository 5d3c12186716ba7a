package funchost

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The real host reads members of a queue message as .NET values and writes their
// text again, so that 1.50 comes as 1.5 and a time as 01/01/2026 00:00:00.

// isoDate is what .NET's JSON reader takes for a time.
var isoDate = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`)

// netString is .NET's text of a JSON string: times lose their zone and fraction.
func netString(text string) string {
	if !isoDate.MatchString(text) {
		return text
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Format("01/02/2006 15:04:05")
		}
	}
	return text
}

// netNumber is .NET's text of a JSON number: whole ones as they stand, others as
// the shortest text of the double.
func netNumber(text string) string {
	if !strings.ContainsAny(text, ".eE") {
		return text
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return map[bool]string{true: "-∞", false: "∞"}[value < 0] // too large for a double
	}
	if value == 0 || math.Abs(value) >= 1e-5 && math.Abs(value) < 1e15 {
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return strconv.FormatFloat(value, 'E', -1, 64)
}

// netTime is .NET's DateTimeOffset in JSON. The zero time is one too.
func netTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.9999999-07:00") }

// netUTC is a DateTime in JSON that says that it is UTC.
func netUTC(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.9999999Z") }

// netMaxTime is DateTimeOffset.MaxValue without its fraction, as it comes.
var netMaxTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// netFailure is what HttpClient says of a status that is no success.
func netFailure(status int, name string) error {
	return fmt.Errorf("Response status code does not indicate success: %d (%s).", status, name) //nolint:staticcheck // .NET's sentence
}
