package armsim

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// Pace is how long a client is asked to wait: after the PUT, and after each poll
// that finds its operation running. The last one goes on. An empty one asks for
// nothing, and the client then waits as long as it likes.
type Pace []time.Duration

// Every asks for the same wait each time.
func Every(d time.Duration) Pace {
	if d <= 0 {
		return nil
	}
	return Pace{d}
}

// RecordedPace is what Azure was recorded to ask for; older gateways were seen to
// go up to 100 seconds.
func RecordedPace() Pace {
	var p Pace
	for _, seconds := range []int{5, 1, 2, 2, 4, 4, 8, 8, 16, 16, 10} {
		p = append(p, time.Duration(seconds)*time.Second)
	}
	return p
}

// ask adds the nth wait to a reply; 0 is the PUT's.
func (p Pace) ask(header http.Header, n int) {
	if len(p) > 0 {
		header.Set("Retry-After", wholeSeconds(p[min(n, len(p)-1)]))
	}
}

// wholeSeconds is a duration as Retry-After has it.
func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }
