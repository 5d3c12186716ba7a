package funchost

import (
	"fmt"
	"regexp"
	"strings"
)

// settings are the app settings by lower-case name: .NET configuration looks
// names up without regard to case.
type settings map[string]string

func newSettings(env []string) settings {
	s := settings{}
	for _, pair := range env {
		if name, value, ok := strings.Cut(pair, "="); ok && name != "" {
			s[strings.ToLower(name)] = value
		}
	}
	return s
}

func (s settings) get(name string) string { return s[strings.ToLower(name)] }

func (s settings) isTrue(name string) bool {
	value := s.get(name)
	return strings.EqualFold(value, "true") || value == "1"
}

var settingReference = regexp.MustCompile(`%([^%]+)%`)

// expand replaces %NAME% by the setting's value. A setting that is missing is
// an error: a queue name or schedule with a hole in it is never meant.
func (s settings) expand(text string) (string, error) {
	var missing []string
	out := settingReference.ReplaceAllStringFunc(text, func(ref string) string {
		value, ok := s[strings.ToLower(strings.Trim(ref, "%"))]
		if !ok {
			missing = append(missing, ref)
		}
		return value
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("%q refers to settings that are not set: %s", text, strings.Join(missing, ", "))
	}
	return out, nil
}

// expandOrEmpty is the rule inside host.json: an unset name becomes empty.
func (s settings) expandOrEmpty(text string) string {
	return settingReference.ReplaceAllStringFunc(text, func(ref string) string {
		return s.get(strings.Trim(ref, "%"))
	})
}
