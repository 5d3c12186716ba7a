package issuance_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"certgate/internal/issuance"
)

// The table of docs/state-machine.md is what clients and people read: it must be
// the flow, step by step and word for word.
func TestTheStateMachinePageIsTheFlow(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/state-machine.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (?:\\d+|–) \\| `(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1)
	var documented [][2]string
	for _, row := range rows {
		documented = append(documented, [2]string{row[1], row[2]})
	}
	var want [][2]string
	steps, cleanUp := issuance.AddCertificate(issuance.Ports{}).Sentences()
	want = append(want, steps...)
	want = append(want, [2]string{"Completed", "Certbot function successfully completed."})
	want = append(want, cleanUp...)
	if !slices.Equal(documented, want) {
		t.Errorf("docs/state-machine.md has\n%q\nthe flow has\n%q", documented, want)
	}
}
