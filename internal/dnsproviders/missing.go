package dnsproviders

import (
	"slices"
	"strings"
)

// Missing are the values that are not among those that are there.
func Missing(want, there []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(v string) bool { return slices.Contains(there, v) })
}

// With is what a record set has after Ensure, which keeps the values that are there.
func (c Change) With(there []string) []string {
	return append(slices.Clone(there), Missing(c.Values, there)...)
}

// Without is what a record set has after Remove.
func (c Change) Without(there []string) []string { return Missing(there, c.Values) }

// Quoted is a TXT value in zone file form, as many APIs take it; values of dns-01
// have nothing to escape.
func Quoted(value string) string { return `"` + value + `"` }

// Unquoted is the value of a TXT record in zone file form, its strings joined. A
// value without quotes is itself.
func Unquoted(content string) string {
	if !strings.HasPrefix(content, `"`) {
		return content
	}
	var out strings.Builder
	inside := false
	for i := 0; i < len(content); i++ {
		switch c := content[i]; {
		case c == '\\' && i+1 < len(content):
			i++
			out.WriteByte(content[i])
		case c == '"':
			inside = !inside
		case inside:
			out.WriteByte(c)
		}
	}
	return out.String()
}
