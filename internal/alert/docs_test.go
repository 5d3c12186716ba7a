package alert_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"certgate/internal/alert"
)

const (
	tableBegin = "<!-- events: written by CERTGATE_UPDATE=1 go test ./internal/alert -->\n"
	tableEnd   = "<!-- end of events -->"
)

// The page lists every event that a receiver can get.
func TestThePageOnNotificationsListsEachEvent(t *testing.T) {
	t.Parallel()
	const file = "../../docs/notifications.md"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the lines %s and %s", file, tableBegin, tableEnd)
	}
	var table strings.Builder
	table.WriteString("| event | when | sent by default |\n|---|---|---|\n")
	for _, a := range append(alert.All(), alert.Of(alert.Test)) {
		sent := "no"
		if a.Default || a.Kind == alert.Test {
			sent = "yes"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", a.Kind, a.When, sent)
	}
	want := before + tableBegin + table.String() + tableEnd + after
	if os.Getenv("CERTGATE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(raw) != want {
		t.Errorf("%s is not what the code says: run make generate", file)
	}
}
