// Package issuancetest is the world of the issuance flows in memory: an
// authority that checks and signs, a vault that makes keys, a gateway that reads
// the vault when a real one would. All of it is on one clock, so that a flow runs
// through months in no time. The adapters are tested against servers elsewhere;
// here only what the flows do with their answers counts.
package issuancetest
