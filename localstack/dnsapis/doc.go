// Package dnsapis plays the APIs of DNS providers over the zones of a dnssim.World,
// as their public documentation describes them: paths, members, error codes, and
// what they do when two callers meet. Each is an http.Handler of one account.
package dnsapis
