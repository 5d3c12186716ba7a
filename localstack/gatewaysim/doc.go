// Package gatewaysim is a small gateway that really serves what the ARM document
// of an Application Gateway says: it listens on the document's frontend ports,
// answers HTTP and HTTPS listeners by host and by SNI with the certificates
// from the vault, and follows rules, path maps and redirects to backends.
//
// It is told its document by Apply, and reads the vault at every Apply and then
// every SecretPoll, as the service does: a renewed certificate of a versionless
// reference is served only after one of the two.
//
// A handshake without SNI, or for a name that no listener has, gets the first HTTPS
// listener's certificate; the alert unrecognized_name comes from listeners that are
// disabled because the vault refuses their certificate. A backend that a change
// brings answers 502 for Options.BackendStartup.
//
// Listeners are asked in the order of their rules' priorities, as on v2; a
// wildcard with a smaller number hides the exact name behind it. Rules without
// priority come after those with one, exact hosts first.
package gatewaysim
