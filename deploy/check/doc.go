// Package check holds deploy/ against the program: what the templates write into
// the app's settings starts it, what they call its queues and functions is what the
// code calls them, and nobody gets a right that the app does not need.
//
// It reads the snapshots in deploy/parameters, which are what the templates come to
// for one way of installing each. `make deploycheck` makes them anew.
package check
