// Package certimport reads a certificate and its private key in the forms in
// which people have them, and checks that the two can be installed for a
// hostname:
//
//   - PEM, also with its line breaks lost or escaped, with text around it, or
//     without the BEGIN and END lines; bare base64 of the DER or of a whole PEM
//     file, in UTF-8 or UTF-16; data URLs;
//   - keys as PKCS#8, plain or encrypted (PBES2), PKCS#1, SEC 1, or PEM that is
//     encrypted in the old OpenSSL way;
//   - a PFX, as base64, also without MAC and with any number of safes.
//
// The certificates may come in any order; the one of the key is the leaf. What is
// not part of its chain is left out, also if it cannot be parsed. What is nearly a
// block is refused by name, because it may be a part of the chain.
//
// A refusal is an *Error, which says why and what to do. No error of this
// package quotes what was read, so errors can be logged and shown.
package certimport
