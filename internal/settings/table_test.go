package settings_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"certgate/internal/settings"
)

func TestEverySettingIsDescribedOnceAndItsExampleIsValid(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, s := range settings.All() {
		if seen[s.Name] || s.Meaning == "" || s.Example == "" || s.Required && s.Default != "" {
			t.Errorf("%+v is doubled, incomplete, or required with a default", s.Name)
		}
		seen[s.Name] = true
		if strings.Contains(s.Meaning, "|") {
			t.Errorf("%s: the meaning breaks the README's table", s.Name)
		}
		for _, value := range append(slices.Clone(s.Choices), s.Example, s.Default) {
			_, err := settings.Load(with(map[string]string{s.Name: value}))
			var faults settings.Faults
			if errors.As(err, &faults) && value != "" && slices.ContainsFunc(faults, func(f settings.Fault) bool {
				return f.Setting == s.Name && strings.Contains(f.Fix, "such as") && !strings.Contains(f.Problem, "missing")
			}) {
				t.Errorf("%s: its own example or choice %q is refused: %v", s.Name, value, err)
			}
		}
	}
}

func TestTheSampleFileIsValidAndComplete(t *testing.T) {
	t.Parallel()
	var sample struct{ Values map[string]string }
	raw := readAtRoot(t, "local.settings.sample.json")
	if err := json.Unmarshal(raw, &sample); err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range sample.Values {
		environ = append(environ, name+"="+value)
		known := slices.ContainsFunc(settings.All(), func(s settings.Setting) bool { return s.Name == name })
		hostsOwn := strings.HasPrefix(name, "FUNCTIONS_") || strings.HasPrefix(name, "AzureFunctionsJobHost__") || strings.HasPrefix(name, "WEBSITE_")
		if !known && !hostsOwn {
			t.Errorf("the sample sets %s, which no code reads", name)
		}
	}
	for _, s := range settings.All() {
		if _, ok := sample.Values[s.Name]; s.Required && !ok {
			t.Errorf("the sample lacks %s", s.Name)
		}
	}
	if _, err := settings.Load(environ); err != nil {
		t.Errorf("the sample does not load: %v", err)
	}
}

// The table of settings stands between these lines of the README.
const (
	tableBegin = "<!-- settings: written by CERTGATE_UPDATE=1 go test ./internal/settings -->"
	tableEnd   = "<!-- end of settings -->"
)

func TestTheReadmesTableIsTheOneInTheCode(t *testing.T) {
	t.Parallel()
	readme := string(readAtRoot(t, "README.md"))
	before, rest, ok := strings.Cut(readme, tableBegin)
	_, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok || !ok2 {
		t.Fatalf("the README lacks the lines %s and %s", tableBegin, tableEnd)
	}
	want := before + tableBegin + "\n" + settings.MarkdownTable() + tableEnd + after
	if readme == want {
		return
	}
	if os.Getenv("CERTGATE_UPDATE") == "" {
		t.Fatal("the README's table of settings is not the code's; CERTGATE_UPDATE=1 go test ./internal/settings writes it")
	}
	if err := os.WriteFile("../../README.md", []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readAtRoot(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../" + name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("there is no " + name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
