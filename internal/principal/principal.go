// Package principal finds out who calls and which role the caller has.
//
// There are two ways to be somebody:
//
//   - The header x-ms-client-principal, which Azure Static Web Apps and App
//     Service authentication (Easy Auth) set. It is not signed, so it is believed
//     only where the platform is known to remove a caller's own.
//   - A bearer token (JWT) of one issuer for one audience, checked in full.
//
// Whoever is neither is nobody: the zero Config believes no one.
package principal

import (
	"context"
	"strings"
	"unicode"
)

// Principal is a caller who has been checked.
type Principal struct {
	// Name is for people and records, such as "aad:ann@example.com". It is at
	// most maxName characters long and holds no control characters.
	Name string
	// Role is the highest that the caller has; None for a known caller without
	// any.
	Role Role
	// ByHeader says that a browser's cookie may stand behind the call, which a
	// foreign page can make the browser send.
	ByHeader bool
}

// maxName bounds Principal.Name, which goes into rows and log lines.
const maxName = 160

// named makes a Name out of texts that others chose.
func named(provider, name string) string {
	clean := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, provider+":"+name)
	if runes := []rune(clean); len(runes) > maxName {
		return string(runes[:maxName-1]) + "…"
	}
	return clean
}

type contextKey struct{}

// NewContext returns ctx with the caller in it.
func NewContext(ctx context.Context, p Principal) context.Context {
	return context.WithValue(ctx, contextKey{}, p)
}

// FromContext returns the caller; the zero Principal, which has no role, if
// nobody put one there.
func FromContext(ctx context.Context) Principal {
	p, _ := ctx.Value(contextKey{}).(Principal)
	return p
}
