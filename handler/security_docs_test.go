package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The threat model names the test that holds each promise. A test that was
// renamed or removed must take its promise along.
func TestEveryTestThatTheThreatModelNamesExists(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, promises, found := strings.Cut(string(page), "### The promises, and what holds them")
	promises, _, _ = strings.Cut(promises, "\n### ")
	if !found {
		t.Fatal("docs/security.md has no section of the promises")
	}
	there := testsBelow(t, "..")
	for _, row := range regexp.MustCompile(`(?m)^\| (.+) \| (.+) \|$`).FindAllStringSubmatch(promises, -1) {
		promise, names := row[1], regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[2], -1)
		if promise == "promise" {
			continue
		}
		if len(names) == 0 {
			t.Errorf("nothing holds the promise %q", promise)
		}
		for _, name := range names {
			if !there[name[1]] {
				t.Errorf("there is no %s, which is to hold the promise %q", name[1], promise)
			}
		}
	}
	// Every fuzz target is there to hold something.
	for name := range there {
		if strings.HasPrefix(name, "Fuzz") && !strings.Contains(promises, "`"+name+"`") {
			t.Errorf("the threat model does not say what %s holds", name)
		}
	}
}

var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(\w+ \*testing\.[TF]\)`)

// testsBelow are the names of the tests and fuzz targets of the whole module.
func testsBelow(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, folder := range []string{"api", "cmd", "handler", "internal", "localstack"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, match := range testFunction.FindAllSubmatch(raw, -1) {
				names[string(match[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(names) < 100 {
		t.Fatalf("only %d tests were found", len(names))
	}
	return names
}
