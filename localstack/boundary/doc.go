// Package boundary kills the handler between the parts of a step. A step has an
// effect, stores a row, sends the message of what comes next and replies to the
// host; at each of the four boundaries between these the process can die:
//
//	host ──invocation──▶ handler ── effect ── row ── message ──▶ reply
//	                    ▲           ▲        ▲     ▲
//	         BeforeEffect BeforeRow  BeforeMessage  BeforeReply
//
// A Killer sends SIGKILL at one of them, the first time that each step of each
// flow gets there, and remembers which did. Its test runs every flow on the local
// stack once for each boundary and holds what was killed against the steps that
// the flows have: a new step is covered, or fails the test because nothing that
// is asked of the stack leads to it.
package boundary
