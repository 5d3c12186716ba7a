package main

import (
	"fmt"
	"os"
	"path"
	"strings"
)

// ignored are the findings that stay, each with its reason.
type ignored []*exception

type exception struct {
	check, pattern, line string
	used                 bool
}

// readIgnored reads lines "CHECK PATTERN REASON"; # begins a comment.
func readIgnored(file string) (ignored, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all ignored
	for i, line := range strings.Split(string(raw), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) < 4 {
			return nil, fmt.Errorf("%s:%d: a line is a check, a pattern of names, and a reason", file, i+1)
		}
		if _, err := path.Match(words[1], ""); err != nil {
			return nil, fmt.Errorf("%s:%d: %s is no pattern: %w", file, i+1, words[1], err)
		}
		all = append(all, &exception{check: words[0], pattern: words[1], line: line})
	}
	return all, nil
}

func (i ignored) has(f finding) bool {
	for _, e := range i {
		if match, _ := path.Match(e.pattern, f.resource); match && e.check == f.check {
			e.used = true
			return true
		}
	}
	return false
}

func (i ignored) unused() (lines []string) {
	for _, e := range i {
		if !e.used {
			lines = append(lines, e.line)
		}
	}
	return lines
}
