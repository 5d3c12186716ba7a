package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestTheReportIsATableAndThenOneLineOfJSON(t *testing.T) {
	t.Parallel()
	r := newReport(3)
	late := r.add(Puts, "puts.1", "gateway writes", 1, "PUTs")
	r.addMedian(Single, "single", "one hostname", []float64{5.123456, 4, 9}, "s").atMost(5).noting("with a note")
	r.add(Many, "many", "as fast as lego", 12.34, "x").atLeast(10)
	late.atMost(3) // after others were added
	r.problem("the lego command line", errors.New("is missing"))
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range [][]string{
		{"figure", "measured", "aim", "met", "spread"},
		{"1", "as fast as lego", "12.3 x", ">= 10", "yes"},
		{"2", "one hostname", "5.12 s", "<= 5", "no", "4-9 (3)"},
		{"4", "gateway writes", "1 PUTs", "<= 3", "yes"},
	} {
		for _, word := range want {
			if !strings.Contains(lines[i], word) {
				t.Errorf("line %d is %q, without %q", i, lines[i], word)
			}
		}
	}
	for _, want := range []string{"2  one hostname: with a note", "not measured: the lego command line: is missing"} {
		if !strings.Contains(out.String(), want+"\n") {
			t.Errorf("the report does not say %q", want)
		}
	}
	var read Report
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &read); err != nil {
		t.Fatalf("the last line is no JSON: %v", err)
	}
	if len(read.Lines) != 3 || read.Lines[2].Key != "puts.1" || read.Lines[2].Met == nil || !*read.Lines[2].Met {
		t.Errorf("the JSON has %+v", read.Lines)
	}
}

func TestNumbersHaveThreeDigitsThatCount(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{0: "0", 0.012345: "0.0123", 1.5: "1.5", 99.96: "100", 4007.4: "4007", 123456: "123456"} {
		if got := number(value); got != want {
			t.Errorf("%v is written %q, want %q", value, got, want)
		}
	}
}

func TestAFigureThatWasNotMeasuredIsNotPrinted(t *testing.T) {
	t.Parallel()
	b := &bench{Settings: Settings{Root: t.TempDir(), Hostnames: 99}, few: map[int][]issued{}}
	r := newReport(1)
	b.report(r)
	if len(r.Lines) > 0 {
		t.Errorf("nothing was measured, and the report has %s", r.Lines[0].Name)
	}
}
