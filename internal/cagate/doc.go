// Package cagate keeps certgate within the limits of a certificate authority. It
// stands before the ports Orders and Authorizations, so that steps know nothing
// of it:
//
//   - A limit that one instance meets (429, RFC 8555 section 6.6) holds up the
//     orders of all others that it concerns, on every machine, until the time
//     that the authority gave. They wait in the queue and say so.
//   - Validations that failed are counted by hostname. After three within an hour
//     orders for that hostname wait: authorities count them too (Let's Encrypt:
//     five per hostname and hour, then 1152 in a row until it is paused).
//
// What is known is one small document for each authority, which is read at most
// every half minute by a process that places orders, and written only when
// something has happened. A process may thus place orders for half a minute
// after another has met a limit; each of those meets it too, and no harm is done.
package cagate
