// Package durabletest holds what tests of durable flows share: the conformance
// suites that every store and queue must pass (Exercise, ExerciseQueue), a
// clock that stands still until it is told to move, and a Pump that plays the
// Functions host: it delivers messages, some of them twice, gives failed ones
// back, and moves the clock on when nothing is due.
package durabletest
