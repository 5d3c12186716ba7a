package check

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"certgate/internal/durable"
)

// A query that asks for what the log does not have shows an empty chart.
func TestTheWorkbookAsksForWhatTheLogHas(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../workbook.json")
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Items []struct {
			Name    string
			Content struct{ Query string }
		}
	}
	if err := json.Unmarshal(raw, &book); err != nil {
		t.Fatal(err)
	}
	queries := ""
	for _, item := range book.Items {
		if q := item.Content.Query; q != "" {
			queries += q
			if !strings.Contains(q, "AppRoleName =~ '{app}'") {
				t.Errorf("%s looks at other apps' lines, too", item.Name)
			}
		}
	}
	if !strings.Contains(queries, "line.event == '"+durable.EventStepDone+"'") {
		t.Errorf("no query looks at %s", durable.EventStepDone)
	}
	source, err := os.ReadFile("../../handler/figures.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"certificates", "queues", "stepDueForSeconds", "expiring"} {
		if !strings.Contains(queries, "line."+member) || !strings.Contains(string(source), `"`+member+`"`) {
			t.Errorf("%s is not both written and shown", member)
		}
	}
}
