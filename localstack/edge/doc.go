// Package edge plays the internet for the local stack. The handler is started
// with HTTPS_PROXY set to the edge's URL and SSL_CERT_FILE set to the local root,
// and then calls https://management.azure.com, https://NAME.vault.azure.net or
// the CA exactly as it would in Azure: unchanged SDK clients, real names, TLS
// that is verified, HTTP/2.
//
//	handler ── CONNECT host:443 ──▶ edge ── TLS for host ──▶ Middleware ──▶ Handler of host
//
// A host that has no route is answered with 502 and a sentence: nothing ever
// leaves the machine. Plain http is not proxied; the handler's clients for
// loopback addresses do not use a proxy at all.
package edge
