// Package vaultsim is Key Vault for the local stack and for tests: the
// certificate and secret data plane (api-version 7.6) that the unchanged
// azcertificates and azsecrets clients talk to. It holds real keys, makes real
// CSRs, and refuses what the service refuses with the service's status codes
// and error codes.
//
// One Server is many vaults: the Host header names the vault, and ids are made
// of it, so a client keeps its real vault URL and only its transport points
// here.
//
// Beyond what the service documents, these are assumptions: the error code of a
// merge with a foreign public key (400 BadParameter), of a merge when nothing
// is in progress (404 PendingCertificateNotFound), of a name that a plain
// secret has (409 Conflict), and the inner codes while a deletion, recovery or
// purge is under way. Keys cannot be used by themselves, backup, restore,
// contacts and issuers other than Unknown and Self answer 501 NotSupported.
package vaultsim
