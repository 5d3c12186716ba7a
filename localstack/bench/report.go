package bench

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"text/tabwriter"
)

// Line is one measured number.
type Line struct {
	Figure int     `json:"figure"`
	Key    string  `json:"key"` // its name for programs; stays as it is
	Name   string  `json:"name"`
	Value  float64 `json:"value"` // the median of Samples, if there are any
	Unit   string  `json:"unit"`
	Aim    string  `json:"aim,omitempty"`
	Met    *bool   `json:"met,omitempty"` // nil: the number has no aim
	// Samples are what Value is the median of.
	Samples []float64 `json:"samples,omitempty"`
	Note    string    `json:"note,omitempty"`
}

// Report is everything that a bench found.
type Report struct {
	Runs     int      `json:"runs"`
	CPUs     int      `json:"cpus"`
	System   string   `json:"system"`
	Go       string   `json:"go"`
	Seconds  float64  `json:"seconds"` // that the bench took
	Lines    []*Line  `json:"lines"`
	Problems []string `json:"problems,omitempty"` // what could not be measured, and why
}

func newReport(runs int) *Report {
	return &Report{Runs: runs, CPUs: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version()}
}

// add adds a number without an aim.
func (r *Report) add(figure int, key, name string, value float64, unit string) *Line {
	l := &Line{Figure: figure, Key: key, Name: name, Value: round(value), Unit: unit}
	r.Lines = append(r.Lines, l)
	return l
}

// addMedian adds the median of samples; nothing if there are none.
func (r *Report) addMedian(figure int, key, name string, samples []float64, unit string) *Line {
	if len(samples) == 0 {
		return &Line{}
	}
	l := r.add(figure, key, name, median(samples), unit)
	for _, v := range samples {
		l.Samples = append(l.Samples, round(v))
	}
	return l
}

// atMost and atLeast compare the value with its aim.
func (l *Line) atMost(aim float64) *Line  { return l.aim("<= ", aim, l.Value <= aim) }
func (l *Line) atLeast(aim float64) *Line { return l.aim(">= ", aim, l.Value >= aim) }

func (l *Line) aim(sign string, aim float64, met bool) *Line {
	l.Aim, l.Met = sign+number(aim), &met
	return l
}

func (l *Line) noting(format string, args ...any) *Line {
	l.Note = fmt.Sprintf(format, args...)
	return l
}

// problem notes that something could not be measured.
func (r *Report) problem(what string, err error) {
	r.Problems = append(r.Problems, fmt.Sprintf("%s: %v", what, err))
}

// Write prints the table for people and the whole report as one line of JSON.
func (r *Report) Write(w io.Writer) error {
	slices.SortStableFunc(r.Lines, func(a, b *Line) int { return cmp.Compare(a.Figure, b.Figure) })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "#\tfigure\tmeasured\taim\tmet\tspread\t")
	for _, l := range r.Lines {
		fmt.Fprintf(table, "%d\t%s\t%s %s\t%s\t%s\t%s\t\n", l.Figure, l.Name, number(l.Value), l.Unit, l.Aim, l.verdict(), l.spread())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, l := range r.Lines {
		if l.Note != "" {
			fmt.Fprintf(w, "%d  %s: %s\n", l.Figure, l.Name, l.Note)
		}
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "not measured: %s\n", p)
	}
	fmt.Fprintln(w)
	line := json.NewEncoder(w)
	line.SetEscapeHTML(false) // an aim is "<= 60", and this is no web page
	return line.Encode(r)
}

func (l *Line) verdict() string {
	switch {
	case l.Met == nil:
		return ""
	case *l.Met:
		return "yes"
	}
	return "no"
}

func (l *Line) spread() string {
	if len(l.Samples) < 2 {
		return ""
	}
	return fmt.Sprintf("%s-%s (%d)", number(slices.Min(l.Samples)), number(slices.Max(l.Samples)), len(l.Samples))
}

// round keeps three significant digits behind a number below 1000, and whole
// numbers above.
func round(v float64) float64 {
	if v == 0 || math.Abs(v) >= 1000 {
		return math.Round(v)
	}
	scale := math.Pow(10, 2-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func number(v float64) string { return strconv.FormatFloat(round(v), 'f', -1, 64) }
