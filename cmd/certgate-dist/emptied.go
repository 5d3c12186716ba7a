package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ownSettings is what a developer's `func start --script-root dist` reads. It is
// nobody's but theirs: it stays, and is never packed.
const ownSettings = "local.settings.json"

// emptied makes a folder, or removes what an earlier run put there.
func emptied(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read %s: %w", folder, err)
	}
	for _, e := range entries {
		if e.Name() == ownSettings {
			continue
		}
		if err := os.RemoveAll(filepath.Join(folder, e.Name())); err != nil {
			return fmt.Errorf("clear %s: %w", folder, err)
		}
	}
	return os.MkdirAll(folder, 0o755)
}
