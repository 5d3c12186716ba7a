package issuance_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"certgate/internal/issuance"
	"certgate/internal/issuance/managed"
)

// The tables of docs/certificates.md are the flows, word for word, and its states
// are all that there are.
func TestThePageOnManagingIsTheFlows(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/certificates.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, want [][2]string
	for _, row := range regexp.MustCompile("(?m)^\\| (?:\\d+|–) \\| `(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, [2]string{row[1], row[2]})
	}
	steps, _ := issuance.RevokeCertificate(issuance.RevokePorts{}).Sentences()
	want = append(append(want, steps...), [2]string{"Completed", "The certificate is revoked."})
	steps, _ = issuance.RetireCertificate(issuance.RetirePorts{}).Sentences()
	want = append(append(want, steps...), [2]string{"Completed", "The certificate is retired."})
	if !slices.Equal(documented, want) {
		t.Errorf("docs/certificates.md has\n%q\nthe flows have\n%q", documented, want)
	}
	var states []managed.Standing
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .+ \\| .+ \\|$").FindAllStringSubmatch(string(page), -1) {
		states = append(states, managed.Standing(row[1]))
	}
	wanted := managed.Standings()
	slices.Sort(states)
	slices.Sort(wanted)
	if !slices.Equal(states, wanted) {
		t.Errorf("docs/certificates.md has the states %q, there are %q", states, wanted)
	}
}
