// Command deployscan looks for weak settings in what each way of installing comes to
// (deploy/parameters/*.snapshot.json), with Trivy's checks for Azure. They are part of
// the program: nothing is downloaded. The compiled template would not do: each module
// is a nested deployment, and Trivy does not look into those.
//
//	deployscan FOLDER IGNORED
//
// IGNORED has a line for each finding that stays: check, pattern of resource names,
// reason. A line that matches nothing any more is an error like a finding.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: deployscan FOLDER IGNORED")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "deployscan:", err)
		os.Exit(1)
	}
}

func run(folder, list string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.snapshot.json"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("there are no snapshots in %s", folder)
	}
	ignored, err := readIgnored(list)
	if err != nil {
		return err
	}
	faults := 0
	for _, file := range files {
		found, passed, err := scan(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		left := 0
		for _, f := range found {
			if !ignored.has(f) {
				left++
				fmt.Printf("%s: %s\n", filepath.Base(file), f)
			}
		}
		fmt.Printf("%s: %d checks passed, %d findings are ignored with a reason, %d are left\n", filepath.Base(file), passed, len(found)-left, left)
		faults += left
	}
	for _, line := range ignored.unused() {
		fmt.Printf("%s: nothing is found any more for: %s\n", list, line)
		faults++
	}
	if faults > 0 {
		return fmt.Errorf("%d to mend, or to ignore with a reason in %s", faults, list)
	}
	return nil
}
