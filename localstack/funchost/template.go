package funchost

import (
	"fmt"
	"net/url"
	"strings"
)

// template is an ASP.NET route template: literals, {name}, {name?} at the end,
// {*rest} at the end. Literals match without regard to case.
type template struct {
	text     string
	segments []segment
}

type segment struct {
	literal  string // lower case; empty for a parameter
	optional bool
	catchAll bool
}

// parseTemplate refuses what it would match differently from the platform:
// default values, constraints, segments that mix text and parameters.
func parseTemplate(text string) (template, error) {
	t := template{text: text}
	if text == "" {
		return t, nil
	}
	parts := strings.Split(text, "/")
	for i, part := range parts {
		s, err := parseSegment(part)
		if err != nil {
			return template{}, fmt.Errorf("route %q: %w", text, err)
		}
		if (s.optional || s.catchAll) && i != len(parts)-1 {
			return template{}, fmt.Errorf("route %q: %q is allowed only at the end", text, part)
		}
		t.segments = append(t.segments, s)
	}
	return t, nil
}

func parseSegment(part string) (segment, error) {
	if part == "" {
		return segment{}, fmt.Errorf("it has an empty segment")
	}
	if !strings.ContainsAny(part, "{}") {
		return segment{literal: strings.ToLower(part)}, nil
	}
	inner, opened := strings.CutPrefix(part, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	if !opened || !closed || strings.Contains(inner, "}{") {
		return segment{}, fmt.Errorf("segment %q mixes text and parameters, which is not supported here", part)
	}
	var s segment
	if rest := strings.TrimLeft(inner, "*"); rest != inner {
		s.catchAll, inner = true, rest
	}
	if rest, ok := strings.CutSuffix(inner, "?"); ok {
		s.optional, inner = true, rest
	}
	if inner == "" || strings.ContainsAny(inner, ":={}*?") {
		return segment{}, fmt.Errorf("segment %q has no plain parameter name (constraints and default values are not supported here)", part)
	}
	return s, nil
}

// matches reports whether the escaped path of a request fits. Slashes at the
// ends do not count, an escaped slash is part of its segment.
func (t template) matches(escapedPath string) bool {
	var parts []string
	if trimmed := strings.TrimSuffix(strings.TrimPrefix(escapedPath, "/"), "/"); trimmed != "" {
		parts = strings.Split(trimmed, "/")
	}
	for i, s := range t.segments {
		if s.catchAll {
			_, err := url.PathUnescape(strings.Join(parts[i:], "/"))
			return err == nil
		}
		if i == len(parts) {
			return s.optional
		}
		value, err := url.PathUnescape(parts[i])
		if err != nil || value == "" {
			return false
		}
		if s.literal != "" && strings.ToLower(value) != s.literal {
			return false
		}
	}
	return len(parts) == len(t.segments)
}
