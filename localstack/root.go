package localstack

import (
	"errors"
	"os"
	"path/filepath"
)

// ProjectRoot is the folder with host.json: the working folder or one above it.
func ProjectRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "host.json")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("run this inside the project: there is no host.json here or above")
		}
		dir = parent
	}
}
