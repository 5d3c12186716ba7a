package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// licencesName is the file of the package that holds the licences of all that the
// handler was built from: most of them ask that copies of the program bring them.
const licencesName = "LICENSES.txt"

// module is what is asked of go list.
type module struct {
	Path, Version, Dir string
	Main               bool
}

// licences is the text of that file: certgate's own licence, the Go project's, and
// those of each module in the handler. A module without one is an error: then
// nobody may pass the program on.
func licences() ([]byte, error) {
	root, err := command("go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	modules, err := linked("./handler")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString("The program \"handler\" holds code of certgate and of the projects below.\n")
	all := append([]module{{Path: "certgate", Dir: "."}, {Path: "Go standard library", Dir: strings.TrimSpace(string(root))}}, modules...)
	for _, m := range all {
		texts, err := licenceFiles(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("licence of %s: %w", m.Path, err)
		}
		fmt.Fprintf(&out, "\n%s\n%s\n", strings.Repeat("=", 80), strings.TrimSpace(m.Path+" "+m.Version))
		for _, text := range texts {
			fmt.Fprintf(&out, "\n%s\n", bytes.TrimSpace(text))
		}
	}
	return out.Bytes(), nil
}

// linked lists the modules whose packages are in a program for Linux.
func linked(program string) ([]module, error) {
	raw, err := command("go", "list", "-deps", "-json=Module", program)
	if err != nil {
		return nil, err
	}
	var modules []module
	for d := json.NewDecoder(bytes.NewReader(raw)); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}
		if p.Module != nil && !p.Module.Main && !slices.Contains(modules, *p.Module) {
			modules = append(modules, *p.Module)
		}
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|copyright|notice)([.-].*)?$`)

// licenceFiles are the texts at the top of a module.
func licenceFiles(dir string) ([][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts [][]byte
	for _, e := range entries {
		if !e.Type().IsRegular() || !licenceName.MatchString(e.Name()) || e.Name() == licencesName {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	if len(texts) == 0 {
		return nil, fmt.Errorf("%s has none", dir)
	}
	return texts, nil
}

// command runs a program as for the handler's target.
func command(name string, args ...string) ([]byte, error) {
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), target...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return out, nil
}
