package principal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Header is the header that the platform sets for a signed-in user.
const Header = "x-ms-client-principal"

// clientPrincipal is the header's content. The two platforms fill different
// members: Static Web Apps the first four, Easy Auth the others.
type clientPrincipal struct {
	IdentityProvider string   `json:"identityProvider"`
	UserID           string   `json:"userId"`
	UserDetails      string   `json:"userDetails"`
	UserRoles        []string `json:"userRoles"`

	AuthType string  `json:"auth_typ"`
	NameType string  `json:"name_typ"`
	RoleType string  `json:"role_typ"`
	Claims   []claim `json:"claims"`
}

type claim struct {
	Type  string `json:"typ"`
	Value string `json:"val"`
}

// The claim types under which Easy Auth passes roles and a user's name, beside
// those that role_typ and name_typ tell. Version 1 tokens have the long ones.
var (
	roleClaims = []string{"roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}
	nameClaims = []string{
		"preferred_username", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
		"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "sub",
	}
)

// easyAuthNames are the names under which Easy Auth passes claims of a token on that
// have another name in the token (the inbound claim map of .NET's JWT handler).
var easyAuthNames = map[string]string{
	"oid":   "http://schemas.microsoft.com/identity/claims/objectidentifier",
	"tid":   "http://schemas.microsoft.com/identity/claims/tenantid",
	"scp":   "http://schemas.microsoft.com/identity/claims/scope",
	"idp":   "http://schemas.microsoft.com/identity/claims/identityprovider",
	"acr":   "http://schemas.microsoft.com/claims/authnclassreference",
	"amr":   "http://schemas.microsoft.com/claims/authnmethodsreferences",
	"sub":   "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
	"upn":   "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
	"email": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
	"roles": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
}

// readClientPrincipal reads the header's value. known is false for the
// principal of a visitor who has not signed in. Where Easy Auth takes bearer
// tokens, it checks them and passes them on in its form, so that the rules for
// tokens hold for that form as well: nothing in it tells a token from a session.
// The error is *Denied or says why the header cannot be read.
func readClientPrincipal(value string, rules Tokens) (p Principal, known bool, err error) {
	raw, err := decodeBase64(value)
	if err != nil {
		return Principal{}, false, errors.New("it is not base64")
	}
	var c clientPrincipal
	if err := json.Unmarshal(raw, &c); err != nil {
		return Principal{}, false, errors.New("it is not the JSON of a principal")
	}
	if c.AuthType != "" {
		name := c.first(c.NameType)
		for _, kind := range nameClaims {
			if name == "" {
				name = c.first(kind)
			}
		}
		if name == "" {
			return Principal{}, false, nil
		}
		roles := append(c.roles(), c.values(rules.RolesClaim)...)
		p, err := rules.admit(Principal{Name: named(c.AuthType, name), Role: highest(roles), ByHeader: true}, c.values)
		return p, err == nil, err
	}
	name := c.UserDetails
	if name == "" {
		name = c.UserID
	}
	return Principal{Name: named(c.IdentityProvider, name), Role: highest(c.UserRoles), ByHeader: true}, name != "" && c.IdentityProvider != "", nil
}

func (c clientPrincipal) first(kind string) string {
	if kind == "" {
		return ""
	}
	for _, claim := range c.Claims {
		if claim.Type == kind && strings.TrimSpace(claim.Value) != "" {
			return claim.Value
		}
	}
	return ""
}

// values are those of a token's claim, under either of its names.
func (c clientPrincipal) values(name string) (values []string) {
	for _, claim := range c.Claims {
		if name != "" && (claim.Type == name || claim.Type == easyAuthNames[name]) {
			values = append(values, texts(claim.Value)...)
		}
	}
	return values
}

func (c clientPrincipal) roles() (names []string) {
	for _, claim := range c.Claims {
		if claim.Type != "" && claim.Type == c.RoleType || slices.Contains(roleClaims, claim.Type) {
			names = append(names, claim.Value)
		}
	}
	return names
}

// decodeBase64 takes both alphabets, padded or not.
func decodeBase64(text string) ([]byte, error) {
	plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimSpace(text)), "=")
	return base64.RawStdEncoding.DecodeString(plain)
}
