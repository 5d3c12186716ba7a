package settings

import (
	"fmt"
	"strings"
)

// MarkdownTable is the table of all settings for the README.
func MarkdownTable() string {
	var b strings.Builder
	b.WriteString("| setting | default | meaning | example |\n|---|---|---|---|\n")
	for _, s := range All() {
		meaning := s.Meaning
		if len(s.Choices) > 1 {
			meaning += ": " + strings.Join(s.Choices, ", ")
		}
		if s.Secret {
			meaning += " (secret)"
		}
		value := "–"
		switch {
		case s.Required:
			value = "**required**"
		case s.OfEach:
			value = "required of each"
		case s.Default != "":
			value = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", s.Name, value, meaning, s.Example)
	}
	return b.String()
}
