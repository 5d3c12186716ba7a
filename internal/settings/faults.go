package settings

import (
	"fmt"
	"regexp"
	"strings"
)

// Fault is one thing that is wrong with a setting.
type Fault struct {
	Setting string
	Problem string // continues a sentence that begins with the setting's name
	Fix     string // a sentence with an example
}

func (f Fault) String() string { return f.Setting + " " + f.Problem + ". " + f.Fix }

// Faults is the error of Load: everything that is wrong.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, 0, len(f)+1)
	lines = append(lines, fmt.Sprintf("%d of the app's settings cannot be used:", len(f)))
	for _, fault := range f {
		lines = append(lines, "- "+fault.String())
	}
	return strings.Join(lines, "\n")
}

// telling finds values that may hold a secret in a setting that should not: a
// connection string or a signed URL pasted into the wrong place.
var telling = regexp.MustCompile(`(?i)(accountkey|sharedaccess\w*|sig|secret|password|token)\s*=|-----BEGIN`)

// shown quotes a value for a fault, or says why it does not.
func shown(s Setting, value string) string {
	const limit = 80
	if scheme, rest, ok := strings.Cut(value, "://"); ok {
		authority, path, _ := strings.Cut(rest, "/")
		path, _, _ = strings.Cut(path, "?")
		if _, host, ok := strings.Cut(authority, "@"); ok {
			authority = "…@" + host
		}
		value = scheme + "://" + authority + "/" + path
	}
	switch {
	case s.Secret || telling.MatchString(value):
		return "has a value (not shown) that"
	case len(value) > limit:
		return fmt.Sprintf("has a value of %d characters that", len(value))
	}
	return fmt.Sprintf("is %q, which", value)
}

func fixWith(example string) string { return fmt.Sprintf("Set it to a value such as %q.", example) }
