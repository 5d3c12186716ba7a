// Package acmeca talks to an ACME certificate authority (RFC 8555) one request
// at a time. Nothing here polls, waits for a status or keeps an order in
// memory: every method does what one durable step needs and says what it saw,
// so it may be called again, at any time, from any machine.
//
// The wire protocol (JWS, nonces in use, resource types) is lego's acme/api. Its
// Core takes no context, hides response headers and reads the directory anew
// each time, so every call gets a Core of its own on top of an exchange: a
// round tripper that lives as long as the call, carries its context, serves
// the directory and nonces from memory and keeps the last reply. A Core is then
// a few allocations, and no state of one call can leak into another.
//
// Errors follow the contract of package durable: *durable.Failure when no retry
// mends it, *durable.RetryLater for rate limits and locks, *durable.Transient for what
// may pass, issuance.ErrGone for what the authority does not know.
package acmeca
