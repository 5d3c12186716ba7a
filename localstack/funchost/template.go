package funchost

import (
	"fmt"
	"net/url"
	"strings"
)

// template is an ASP.NET route template: literals, {name}, {name:constraint},
// {name?} at the end, {*rest} at the end. Literals match without regard to case.
type template struct {
	text     string
	segments []segment
}

type segment struct {
	literal  string // lower case; empty for a parameter
	checks   []constraint
	optional bool
	catchAll bool
}

// parseTemplate refuses what it would match differently from the platform:
// default values, segments that mix text and parameters, unknown constraints.
func parseTemplate(text string) (template, error) {
	t := template{text: text}
	if text == "" {
		return t, nil
	}
	parts := splitTemplate(text)
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

// splitTemplate splits at the slashes outside of braces: a regex constraint
// may hold one.
func splitTemplate(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, r := range text {
		switch {
		case r == '{':
			depth++
		case r == '}':
			depth--
		case r == '/' && depth == 0:
			parts = append(parts, text[start:i])
			start = i + 1
		}
	}
	return append(parts, text[start:])
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
	name, constraints, _ := strings.Cut(inner, ":")
	if name == "" || strings.ContainsAny(name, "={}*?") {
		return segment{}, fmt.Errorf("segment %q has no plain parameter name (default values are not supported here)", part)
	}
	var err error
	s.checks, err = parseConstraints(constraints)
	return s, err
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
			rest, err := url.PathUnescape(strings.Join(parts[i:], "/"))
			return err == nil && (rest == "" || s.accepts(rest))
		}
		if i == len(parts) {
			return s.optional
		}
		value, err := url.PathUnescape(parts[i])
		if err != nil || value == "" {
			return false
		}
		if s.literal != "" && strings.ToLower(value) != s.literal || !s.accepts(value) {
			return false
		}
	}
	return len(parts) == len(t.segments)
}

func (s segment) accepts(value string) bool {
	for _, check := range s.checks {
		if !check(value) {
			return false
		}
	}
	return true
}
