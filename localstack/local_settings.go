package localstack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// WriteLocalSettings writes the app's settings as the Functions Core Tools read
// them, local.settings.json. A file that says something else is kept under its name
// with ".before" at the end.
func (s *Stack) WriteLocalSettings(file string) error {
	values := map[string]string{}
	for _, setting := range s.settings {
		name, value, _ := strings.Cut(setting, "=")
		if slices.Contains([]string{"PATH", "HOME"}, name) {
			continue // whoever starts the tools has their own
		}
		values[name] = value
	}
	raw, err := json.MarshalIndent(map[string]any{"IsEncrypted": false, "Values": values}, "", "  ")
	if err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	raw = append(raw, '\n')
	before, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("write the settings: %w", err)
	case !bytes.Equal(before, raw):
		if err := os.Rename(file, file+".before"); err != nil {
			return fmt.Errorf("keep the former settings: %w", err)
		}
	}
	// The identity's header and the emulator's key stand in it; both are of this stack.
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		return fmt.Errorf("write the settings: %w", err)
	}
	return nil
}

// ReadLocalSettings is the environment that a Functions host gives the app for such a
// file, "NAME=value" each: PATH and HOME are of whoever starts the host.
func ReadLocalSettings(file string) ([]string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	var settings struct{ Values map[string]string }
	if err := json.Unmarshal(raw, &settings); err != nil {
		return nil, fmt.Errorf("read the settings in %s: %w", file, err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	for _, name := range slices.Sorted(maps.Keys(settings.Values)) {
		env = append(env, name+"="+settings.Values[name])
	}
	return env, nil
}
