// Package vaultsim is Key Vault for the local stack and for tests: the
// certificate and secret data plane (api-versions up to 2026-04-01) that the unchanged
// azcertificates and azsecrets clients talk to. It holds real keys, makes real
// CSRs, and refuses what the service refuses with the service's status codes
// and error codes.
//
// One Server is many vaults: the Host header names the vault, and ids are made
// of it, so a client keeps its real vault URL and only its transport points
// here.
//
// Replies are as the service was recorded to answer: recorded_test.go compares
// them, and lists what is let off. Where nothing was recorded, these are
// assumptions:
//
//   - A merge when nothing is in progress is 404 PendingCertificateNotFound.
//   - A name that a plain secret or key has is 409 Conflict without an inner code;
//     one whose secret or key is soft-deleted is ObjectIsDeletedButRecoverable.
//   - The inner codes while a deletion, recovery or purge is under way.
//   - A name whose first operation was deleted keeps an empty, disabled version
//     with the tags of the create, stands in lists, and can be deleted. So does
//     one that is only pending.
//   - While a later version is pending, reads show the newest finished one.
//   - An EC certificate is imported if a key usage without encryption is known.
//   - The words about too many tags.
//
// Plain keys can be made and deleted, not used; backup, restore, contacts and issuers other
// than Unknown and Self answer 501 NotSupported.
package vaultsim
