// Package durable runs flows of steps that survive crashes, duplicates, delays
// and lost messages. It replaces an orchestration framework with two plain
// things: a row that says where an instance stands, and a queue message that
// points at that row.
//
//	Start ──▶ row (Pending, step 1, seq 1) ──▶ message {instance, step, seq}
//	                   ▲                                  │
//	                   │ Commit: row + history,           ▼
//	                   │ If-Match, one transaction   Handle: load row, run step
//	                   └──────────────────────────────────┘
//
// The rules, which the tests of this package hold:
//
//   - Row first, then message. A crash between the two loses nothing: the host
//     delivers the old message again, and a redelivery that finds the row ahead
//     of itself sends the row's current messages once more.
//   - A message is a pointer. It carries no state and no secret; at most the id of
//     an answer that the step could also read.
//   - Every step may run twice, even at the same time. The loser of a race fails
//     its If-Match; if the instance is ending, it cleans up what it made.
//   - A step answers with an Outcome; one function turns that into stored state.
//     Waiting spends no attempt, an unexpected error spends one.
//   - A flow that fails or is terminated walks its clean-up steps before it ends.
//   - At most one active instance holds a claim.
package durable
