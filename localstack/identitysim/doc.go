// Package identitysim is the managed identity endpoint of the local stack: what
// App Service and Functions offer in IDENTITY_ENDPOINT and IDENTITY_HEADER, and
// what azidentity's ManagedIdentityCredential talks to. Its tokens are JWTs
// with the claims of a managed identity; clients must not look into them, and
// the other simulators ask Check whether one is good.
//
// Clients cache tokens for as long as they live, and a token is only good for
// the Server that made it: who restarts the Server restarts its clients.
package identitysim
