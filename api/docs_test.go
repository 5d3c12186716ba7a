package api_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"certgate/api"
	"certgate/internal/delivery"
	"certgate/internal/durable"
	"certgate/internal/issuance"
	"certgate/internal/notify"
)

// Every code that a client can meet has its section, and no section is about a
// code that does not exist.
func TestTheErrorPageHasASectionForEachCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	known := slices.Concat(issuance.Codes(), durable.Codes(), notify.Codes(), delivery.Codes(), api.Codes())
	slices.Sort(documented)
	slices.Sort(known)
	if !slices.Equal(documented, known) {
		t.Errorf("docs/errors.md has sections for\n%q\nthe code knows\n%q", documented, known)
	}
}

// A constant named Code… that no list has would be a code without a section.
func TestEachCodeIsInItsList(t *testing.T) {
	t.Parallel()
	known := slices.Concat(issuance.Codes(), durable.Codes(), notify.Codes(), delivery.Codes(), api.Codes())
	found := 0
	for _, folder := range []string{".", "../internal"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for name, value := range codeConstants(file) {
				found++
				if !slices.Contains(known, value) {
					t.Errorf("%s: %s = %q is in no list of codes", path, name, value)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 40 {
		t.Errorf("only %d codes were found", found)
	}
}

// codeConstants are a file's text constants with names such as CodeRateLimited.
func codeConstants(file *ast.File) map[string]string {
	values := map[string]string{}
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			constant := spec.(*ast.ValueSpec)
			for i, name := range constant.Names {
				if !strings.HasPrefix(name.Name, "Code") || i >= len(constant.Values) {
					continue
				}
				if text, ok := constant.Values[i].(*ast.BasicLit); ok && text.Kind == token.STRING {
					values[name.Name], _ = strconv.Unquote(text.Value)
				}
			}
		}
	}
	return values
}

// Every reply of a test is held to api/openapi.json.
func TestNoTestMakesAnAPIWhoseRepliesNobodyChecks(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"*_test.go", "../handler/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) < 10 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// What runs behind a real server has its replies checked as its client gets them.
			if strings.Contains(string(raw), " api.New"+"(") && !strings.Contains(string(raw), "apitest.Check(") || strings.Contains(string(raw), "(api.New"+"(") {
				t.Errorf("%s: make the API with apitest.New", file)
			}
		}
	}
}
