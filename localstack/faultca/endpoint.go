package faultca

import (
	"net/http"
	"strings"
)

// Endpoint is a kind of resource of the CA. Its zero value is none of them.
type Endpoint string

const (
	Directory     Endpoint = "directory"
	NewNonce      Endpoint = "newNonce"
	NewAccount    Endpoint = "newAccount"
	Account       Endpoint = "account"
	NewOrder      Endpoint = "newOrder"
	Order         Endpoint = "order"
	Finalize      Endpoint = "finalize"
	Authorization Endpoint = "authorization"
	Challenge     Endpoint = "challenge"
	Certificate   Endpoint = "certificate"
	RenewalInfo   Endpoint = "renewalInfo"
	RevokeCert    Endpoint = "revokeCert"
	KeyChange     Endpoint = "keyChange"
)

// paths are Pebble's, which it keeps odd on purpose so that no client relies on
// them. Only this proxy does: most of them are not in the directory.
var paths = map[string]Endpoint{
	"/dir":                                 Directory,
	"/nonce-plz":                           NewNonce,
	"/sign-me-up":                          NewAccount,
	"/my-account/":                         Account,
	"/order-plz":                           NewOrder,
	"/my-order/":                           Order,
	"/finalize-order/":                     Finalize,
	"/authZ/":                              Authorization,
	"/chalZ/":                              Challenge,
	"/certZ/":                              Certificate,
	"/revoke-cert":                         RevokeCert,
	"/rollover-account-key":                KeyChange,
	"/draft-ietf-acme-ari-03/renewalInfo/": RenewalInfo,
}

// EndpointOf tells what a request to the CA is about.
func EndpointOf(r *http.Request) Endpoint {
	path := r.URL.Path
	if e, ok := paths[path]; ok {
		return e
	}
	for prefix, e := range paths {
		if strings.HasSuffix(prefix, "/") && strings.HasPrefix(path, prefix) {
			return e
		}
	}
	return ""
}
