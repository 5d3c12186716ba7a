package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
)

// The site's list of flows and steps is written from the flows themselves:
// CERTGATE_UPDATE=1 writes it anew.
func TestTheSiteKnowsEachFlowAndStep(t *testing.T) {
	t.Parallel()
	app, err := build(sample(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var flows, titles strings.Builder
	seen := map[string]string{}
	for _, f := range app.runner.Outlines() {
		if f.Title == "" { // nobody looks at the flow's instances
			if !f.Hidden {
				t.Errorf("flow %s has no title for people", f.Name)
			}
			continue
		}
		names := []string{}
		for _, s := range f.Steps {
			names = append(names, literal(t, s.Name))
		}
		// In one line: each page that names a job loads it.
		fmt.Fprintf(&flows, "  %s: { title: %s, steps: [%s] },\n", f.Name, literal(t, f.Title), strings.Join(names, ", "))
		for _, s := range append(f.Steps, f.CleanUp...) {
			if known, ok := seen[s.Name]; ok && known != s.Title || s.Title == "" {
				t.Errorf("step %s is titled %q in flow %s, and %q before", s.Name, s.Title, f.Name, known)
			}
			if _, ok := seen[s.Name]; !ok {
				fmt.Fprintf(&titles, "  %s: %s,\n", s.Name, literal(t, s.Title))
			}
			seen[s.Name] = s.Title
		}
	}
	want := "// The flows and their steps, and what people call them. Written by\n// CERTGATE_UPDATE=1 go test ./handler -run Site; do not edit.\n\n" +
		"export const flows = {\n" + flows.String() + "};\n\nexport const titles = {\n" + titles.String() + "};\n"
	const file = "../static/flows.js"
	if os.Getenv("CERTGATE_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s is not what the flows say (%v): run make generate", file, err)
	}
}

func literal(t *testing.T, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
