package process

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// MissingError says that a development tool is not there and how to get it.
type MissingError struct{ Tool, Remedy string }

func (e *MissingError) Error() string { return e.Tool + " is missing: " + e.Remedy }

const makeTools = "run make tools"

// Locate finds a development tool by its path below the repository root, which
// is the nearest folder at or above the working directory with a go.mod. The
// error is a *MissingError if the tool is not there.
func Locate(path string) (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			return "", &MissingError{Tool: path, Remedy: makeTools}
		}
		dir = filepath.Dir(dir)
	}
	full := filepath.Join(dir, filepath.FromSlash(path))
	if _, err := os.Stat(full); errors.Is(err, fs.ErrNotExist) {
		return "", &MissingError{Tool: path, Remedy: makeTools}
	} else if err != nil {
		return "", err
	}
	return full, nil
}

// Program finds an installed program through PATH. The error is a *MissingError
// if it is not there.
func Program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &MissingError{Tool: name, Remedy: "install it and put it on the PATH"}
	}
	return path, nil
}
