// Command certgate-dist makes dist/: the script root that the Functions host
// runs (host.json, the handler for linux/amd64, one folder per function, licences),
// and dist/certgate.zip, the same as a package to publish.
package main

import (
	"archive/zip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"time"
)

const dest = "dist"

// target is what the handler is built for.
var target = []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64"}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "certgate-dist:", err)
		os.Exit(1)
	}
}

func run() error {
	if err := emptied(dest); err != nil {
		return err
	}
	files, err := layout()
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := place(f); err != nil {
			return err
		}
	}
	if err := writeVersion(filepath.Join(dest, versionFile), filepath.Join(dest, "handler")); err != nil {
		return err
	}
	files = append(files, entry{to: versionFile, mode: 0o644})
	texts, err := licences()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dest, licencesName), texts, 0o644); err != nil {
		return fmt.Errorf("write licences: %w", err)
	}
	files = append(files, entry{to: licencesName, mode: 0o644})
	if err := pack(filepath.Join(dest, "certgate.zip"), files); err != nil {
		return err
	}
	fmt.Println("made dist/ (func start --script-root dist) and dist/certgate.zip")
	return nil
}

// entry is one file of the script root: where it comes from, where it goes.
type entry struct {
	from string // "" for the handler, which is built
	to   string
	mode fs.FileMode
}

// layout puts each function's folder directly beside host.json: the host looks
// one level deep and no further.
func layout() ([]entry, error) {
	entries := []entry{{to: "handler", mode: 0o755}, {from: "host.json", to: "host.json", mode: 0o644}}
	manifests, err := filepath.Glob("functions/*/function.json")
	if err != nil || len(manifests) == 0 {
		return nil, fmt.Errorf("no functions/*/function.json here: run this from the top of the project")
	}
	sort.Strings(manifests)
	for _, m := range manifests {
		entries = append(entries, entry{from: m, to: filepath.Join(filepath.Base(filepath.Dir(m)), "function.json"), mode: 0o644})
	}
	return entries, nil
}

func place(e entry) error {
	to := filepath.Join(dest, e.to)
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("make folder of %s: %w", to, err)
	}
	if e.from == "" {
		build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", to, "./handler")
		build.Env = append(os.Environ(), target...)
		build.Stdout, build.Stderr = os.Stdout, os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build the handler: %w", err)
		}
		return os.Chmod(to, e.mode)
	}
	raw, err := os.ReadFile(e.from)
	if err != nil {
		return fmt.Errorf("read %s: %w", e.from, err)
	}
	return os.WriteFile(to, raw, e.mode)
}

// always is the date of every entry: the same input is the same bytes. Zip knows no
// date before 1980, and some readers no date of that year.
var always = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

// pack writes the zip with unix modes: without the exec bit on the handler the
// host on Linux cannot start it.
func pack(name string, entries []entry) error {
	out, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("create %s: %w", name, err)
	}
	defer out.Close()
	z := zip.NewWriter(out)
	for _, e := range entries {
		header := &zip.FileHeader{Name: filepath.ToSlash(e.to), Method: zip.Deflate, Modified: always}
		header.SetMode(e.mode)
		w, err := z.CreateHeader(header)
		if err != nil {
			return fmt.Errorf("add %s: %w", e.to, err)
		}
		raw, err := os.ReadFile(filepath.Join(dest, e.to))
		if err != nil {
			return fmt.Errorf("read %s: %w", e.to, err)
		}
		if _, err := w.Write(raw); err != nil {
			return fmt.Errorf("add %s: %w", e.to, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("finish %s: %w", name, err)
	}
	return out.Close()
}
