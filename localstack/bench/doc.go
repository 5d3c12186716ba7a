// Package bench measures certgate on the local stack beside what it competes
// with: the lego command line, a bare loop over the same ACME requests, the
// storage emulator by itself, a bare route. docs/benchmarks.md says how each
// figure is measured and what it includes.
//
// Whatever is compared runs in the same run on the same Pebble and Azurite, one
// after the other; a figure is the median of its samples over all runs. Nothing
// here passes or fails: an aim that is missed is printed as missed.
package bench
