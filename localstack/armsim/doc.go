// Package armsim is Azure Resource Manager for the local stack and for tests:
// the Application Gateways and public addresses of one subscription, spoken to
// by the unchanged azcore/arm client.
//
// Its gateway behaves as the service does where a writer can get hurt: a PUT
// replaces the whole document and takes time, a second PUT cancels the first,
// If-Match is enforced (unless Options.IgnoreIfMatch), uploaded keys never come back, references must lead
// somewhere, and one certificate that cannot be read fails every change. What a
// failed or cancelled PUT wanted stays in the document (that is the goal), but
// the gateway keeps serving what last succeeded (that is Change.Document).
//
// Replies look as the service's were recorded to: member names, their order, what
// is added to a document that was not sent, what an older api-version does not show,
// and links of operations with a signature that is longer than some documents.
//
// Error codes that no source documents are replaced by InvalidRequest, with the
// reason in the message.
package armsim
