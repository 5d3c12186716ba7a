package funchost

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// handlerOptions are customHandler of host.json: how to start the process.
type handlerOptions struct {
	executable            string
	arguments             []string
	workingDirectory      string
	port                  int // 0: a free one
	initializationTimeout time.Duration
}

func readHandlerOptions(config hostConfig, scriptRoot string, s settings) (handlerOptions, error) {
	const description = "customHandler.description."
	name := s.expandOrEmpty(config.text(description+"defaultExecutablePath", ""))
	if name == "" {
		return handlerOptions{}, errors.New("host.json: customHandler.description.defaultExecutablePath is required")
	}
	o := handlerOptions{executable: executablePath(joinRelative(scriptRoot, config.text(description+"workerDirectory", "")), name)}
	o.workingDirectory = joinRelative(scriptRoot, config.text(description+"workingDirectory", ""))

	// The platform joins arguments with blanks, unquoted: an argument with a
	// blank arrives as two.
	expanded := s.expandOrEmpty(strings.Join(config.list(description+"arguments"), " "))
	o.arguments = strings.Fields(expanded)

	var err error
	if o.port, err = config.integer("customHandler.port", 0, 0, 65535); err != nil {
		return handlerOptions{}, err
	}
	if o.initializationTimeout, err = config.timeSpan("customHandler.initializationTimeout", 30*time.Second); err != nil {
		return handlerOptions{}, err
	}
	if o.initializationTimeout == 0 {
		return handlerOptions{}, fmt.Errorf("host.json: customHandler.initializationTimeout is zero")
	}
	return o, nil
}

// executablePath looks beside host.json first; a name that is not there is
// left to the PATH.
func executablePath(dir, name string) string {
	path := joinRelative(dir, name)
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return path
	}
	return name
}

func joinRelative(root, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}
