package delivery_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"certgate/internal/delivery"
	"certgate/internal/delivery/target"
)

// docs/delivery.md has the steps of the flow word for word, and a section for each kind.
func TestThePageOnDeliveryIsTheFlowAndTheKinds(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/delivery.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, want [][2]string
	for _, row := range regexp.MustCompile("(?m)^\\| (?:\\d+|–) \\| `(\\w+)` \\| (.+) \\|$").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, [2]string{row[1], row[2]})
	}
	steps, _ := delivery.New(delivery.Config{}).Definition().Sentences()
	want = append(append(want, steps...), [2]string{"Completed", "The delivery is over."})
	if !slices.Equal(documented, want) {
		t.Errorf("docs/delivery.md has\n%q\nthe flow has\n%q", documented, want)
	}
	var sections []string
	for _, heading := range regexp.MustCompile("(?m)^### (.+)$").FindAllStringSubmatch(string(page), -1) {
		sections = append(sections, strings.Split(heading[1], ", ")...)
	}
	if !slices.Equal(sections, target.Names()) {
		t.Errorf("docs/delivery.md has sections for the kinds %q, there are %q", sections, target.Names())
	}
}
