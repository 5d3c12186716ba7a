package funchost

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// constraint is one of ASP.NET's inline route constraints.
type constraint func(value string) bool

var (
	guidPattern  = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$|^[0-9a-fA-F]{32}$`)
	alphaPattern = regexp.MustCompile(`^[A-Za-z]*$`)
	callPattern  = regexp.MustCompile(`^(\w+)\((\d+)(?:,(\d+))?\)$`)
)

// parseConstraints reads "int:min(1)". An unknown one is refused: a route that
// silently matches more than on the platform would hide a fault.
func parseConstraints(text string) ([]constraint, error) {
	var out []constraint
	for _, word := range strings.Split(text, ":") {
		if word == "" {
			continue
		}
		check, err := parseConstraint(word)
		if err != nil {
			return nil, err
		}
		out = append(out, check)
	}
	return out, nil
}

func parseConstraint(word string) (constraint, error) {
	switch strings.ToLower(word) {
	case "int":
		return func(v string) bool { _, err := strconv.ParseInt(v, 10, 32); return err == nil }, nil
	case "long":
		return func(v string) bool { _, err := strconv.ParseInt(v, 10, 64); return err == nil }, nil
	case "guid":
		return guidPattern.MatchString, nil
	case "alpha":
		return alphaPattern.MatchString, nil
	case "bool":
		return func(v string) bool { return strings.EqualFold(v, "true") || strings.EqualFold(v, "false") }, nil
	}
	call := callPattern.FindStringSubmatch(word)
	if call == nil {
		return nil, fmt.Errorf("constraint %q is not supported here", word)
	}
	low, high, two := number(call[2]), number(call[3]), call[3] != ""
	length := func(v string) int { return utf8.RuneCountInString(v) }
	value := func(v string, fits func(int64) bool) bool {
		n, err := strconv.ParseInt(v, 10, 64)
		return err == nil && fits(n)
	}
	switch name := strings.ToLower(call[1]); {
	case name == "minlength" && !two:
		return func(v string) bool { return length(v) >= low }, nil
	case name == "maxlength" && !two:
		return func(v string) bool { return length(v) <= low }, nil
	case name == "length" && !two:
		return func(v string) bool { return length(v) == low }, nil
	case name == "length":
		return func(v string) bool { return length(v) >= low && length(v) <= high }, nil
	case name == "min" && !two:
		return func(v string) bool { return value(v, func(n int64) bool { return n >= int64(low) }) }, nil
	case name == "max" && !two:
		return func(v string) bool { return value(v, func(n int64) bool { return n <= int64(low) }) }, nil
	case name == "range" && two:
		return func(v string) bool {
			return value(v, func(n int64) bool { return n >= int64(low) && n <= int64(high) })
		}, nil
	}
	return nil, fmt.Errorf("constraint %q is not supported here", word)
}
