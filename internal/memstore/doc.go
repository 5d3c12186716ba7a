// Package memstore keeps instances, mail, locks and queue messages in memory.
// Unit tests use it, and it passes the same conformance suites as the Azure
// implementation: it redelivers, delays, duplicates and dead-letters as a real
// queue does, and refuses what a real table refuses.
//
// Everything is copied on the way in and on the way out, so a caller that
// changes what it was given never changes what is stored.
package memstore
