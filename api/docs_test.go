package api_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"certgate/api"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/notify"
)

// Every code that a client can meet has its section, and no section is about a
// code that does not exist.
func TestTheErrorPageHasASectionForEachCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	known := slices.Concat(issuance.Codes(), durable.Codes(), notify.Codes(), api.Codes())
	slices.Sort(documented)
	slices.Sort(known)
	if !slices.Equal(documented, known) {
		t.Errorf("docs/errors.md has sections for\n%q\nthe code knows\n%q", documented, known)
	}
}
