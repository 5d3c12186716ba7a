package main

import (
	"fmt"
	"maps"
	"slices"

	"certgate/localstack/storagedoor"
)

// printCounts says what the storage transactions were.
func printCounts(used storagedoor.Counts) {
	fmt.Println("\nstorage calls of host and handler:")
	for _, kind := range slices.Sorted(maps.Keys(used)) {
		fmt.Printf("  %6d  %s\n", used[kind], kind)
	}
	fmt.Println()
}
