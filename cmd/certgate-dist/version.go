package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
)

// versionFile says, in the package, what GET /api/health will say: an installer
// waits for it. It is empty for a program that was built without its history.
const versionFile = "version"

func writeVersion(to, program string) error {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return fmt.Errorf("read the version of %s: %w", program, err)
	}
	version := info.Main.Version
	if version == "(devel)" {
		version = ""
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				version = s.Value
			}
		}
	}
	return os.WriteFile(to, []byte(version+"\n"), 0o644)
}
