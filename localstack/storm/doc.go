// Package storm asks the local stack for many certificates in every way there is,
// while everything around the handler goes wrong, and then looks whether anything
// was lost, done twice, left behind or told to somebody who must not know it.
//
//	seed ──▶ Plan ──▶ load ─────────▶ API ──▶ handler
//	          │                                │ │ │ │
//	          ├──▶ faults: storage, vault, ARM, CA ◀┘   (one proxy before each)
//	          ├──▶ kills of the handler, of the host, restarts of storage
//	          ├──▶ messages twice, late, out of order, poisoned
//	          └──▶ another writer of the gateway
//	                     when all is over: audit ──▶ Report
//
// The Plan follows from the seed alone. What it hits does not: the calls of many
// instances meet in another order each time.
package storm
