package vaultsim

import (
	"errors"
	"net/http"
	"strings"
)

const (
	// audience is what tokens for any vault of the public cloud are made for.
	audience = "https://vault.azure.net"
	// authority is where a client would get them; its path must be a tenant,
	// clients take the part after the third slash.
	authority = "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001"
)

// authorize checks the bearer token.
func (s *Server) authorize(r *http.Request) error {
	if s.options.Tokens == nil {
		return nil
	}
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		//nolint:staticcheck // the service's own words
		return errors.New("AKV10000: Request is missing a Bearer or PoP token.")
	}
	return s.options.Tokens.Check(token, audience)
}

// challenge answers a call without good token. A client sends its first call
// without token and without body only to get this header, and parses it by its
// spaces: the one after the comma is needed.
func challenge(w http.ResponseWriter, reason error) {
	w.Header().Set("WWW-Authenticate", `Bearer authorization="`+authority+`", resource="`+audience+`"`)
	refuse(w, Refusal{Status: http.StatusUnauthorized, Code: "Unauthorized", Message: reason.Error()})
}
