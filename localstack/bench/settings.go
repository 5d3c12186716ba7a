package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// The figures, as they are numbered in docs/benchmarks.md.
const (
	Many         = 1 // as many hostnames as a gateway takes, end to end
	Single       = 2 // one hostname, end to end
	Transactions = 3 // storage per certificate and per idle hour
	Puts         = 4 // writes of the gateway
	StatusReads  = 5 // throughput of the status URI
	Process      = 6 // start, memory and size of the handler
	Scale        = 7 // lists and sweeps over many stored instances
)

// gatewayLimit is how many hostnames one gateway takes: 100 active listeners, of
// which one is on port 80.
const gatewayLimit = 99

// Settings say what to measure, and how much of it.
type Settings struct {
	// Root is the top of the project. Required.
	Root string
	// Only are the figures to measure; empty means all.
	Only []int
	// Runs is how often figures 1 to 5 are measured.
	Runs int
	// Hostnames is how many figure 1 issues, at most 99.
	Hostnames int
	// LegoRuns is how many hostnames the lego command line issues in each run.
	LegoRuns int
	// IdleFor is how long the pollers are watched.
	IdleFor time.Duration
	// Sizes are the numbers of stored instances of figure 7.
	Sizes []int
	// Progress is told what goes on, line by line; nil discards.
	Progress io.Writer
}

func (s Settings) check() error {
	switch {
	case s.Runs < 1:
		return errors.New("at least one run is needed")
	case s.Hostnames < 2 || s.Hostnames > gatewayLimit:
		return fmt.Errorf("%d hostnames: figure 1 needs 2 to %d, the most that one gateway takes", s.Hostnames, gatewayLimit)
	case s.LegoRuns < 1:
		return errors.New("at least one hostname for the lego command line is needed")
	case s.IdleFor < 10*time.Second:
		return errors.New("the pollers ask every 2 seconds: watch them for at least 10")
	case len(s.Sizes) == 0 || slices.Min(s.Sizes) < minSize:
		return fmt.Errorf("figure 7 needs sizes of at least %d", minSize)
	}
	for _, n := range s.Only {
		if n < Many || n > Scale {
			return fmt.Errorf("there is no figure %d, only %d to %d", n, Many, Scale)
		}
	}
	return nil
}

// wants reports whether any of the figures is to be measured.
func (s Settings) wants(figures ...int) bool {
	if len(s.Only) == 0 {
		return true
	}
	for _, n := range figures {
		if slices.Contains(s.Only, n) {
			return true
		}
	}
	return false
}

func (s Settings) say(format string, args ...any) {
	if s.Progress != nil {
		fmt.Fprintf(s.Progress, "%s  "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
	}
}
