// Package secretid reads the ids of Key Vault secrets, in every form in which people
// and tools write them into a gateway:
//
//	https://VAULT/secrets/NAME             follows the newest version
//	https://VAULT/secrets/NAME/            the same, as the portal leaves it
//	https://VAULT:443/secrets/NAME         the same, as Microsoft's PowerShell prints it
//	https://VAULT/secrets/NAME/VERSION     pinned to a version
//
// Letter case means nothing in them. Ids are compared by what this package
// makes of them.
package secretid

import (
	"net/url"
	"regexp"
	"strings"
)

// ID is a secret, with the version that a reference is pinned to or without. Its
// parts are as written.
type ID struct {
	Host    string // of the vault; with its port unless that is 443
	Name    string
	Version string // "" follows the newest
}

// Parse reads an id; ok is false for what is none, such as the id of a certificate.
func Parse(text string) (id ID, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || !strings.EqualFold(u.Scheme, "https") || u.Hostname() == "" {
		return ID{}, false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || !strings.EqualFold(parts[0], "secrets") || parts[1] == "" {
		return ID{}, false
	}
	id = ID{Host: strings.TrimSuffix(u.Host, ":443"), Name: parts[1]}
	if len(parts) == 3 {
		id.Version = parts[2]
	}
	return id, true
}

// Versionless is the id without version, as a gateway has to have it to follow
// renewals.
func (id ID) Versionless() string { return "https://" + id.Host + "/secrets/" + id.Name }

// Key is equal for all ids of one secret, whatever their version and form: in lower
// case. What is no id is its own key.
func Key(text string) string {
	if id, ok := Parse(text); ok {
		return strings.ToLower(id.Versionless())
	}
	return strings.ToLower(text)
}

// Same reports whether two ids are of one secret, whatever their version.
func Same(a, b string) bool { return Key(a) == Key(b) }

// Equal reports whether two ids are of one secret and of one version, or both of none.
func Equal(a, b string) bool {
	one, _ := Parse(a)
	other, _ := Parse(b)
	return Same(a, b) && strings.EqualFold(one.Version, other.Version)
}

// InVault reports whether an id is of a secret in the vault with this address.
func InVault(text, vault string) bool {
	id, ok := Parse(text)
	u, err := url.Parse(vault)
	return ok && err == nil && strings.EqualFold(id.Host, strings.TrimSuffix(u.Host, ":443"))
}

// mentioned finds ids in a sentence; a full stop or a quote ends one.
var mentioned = regexp.MustCompile(`(?i)https://[^\s'"/]+/secrets/[0-9a-z-]+(/[0-9a-z-]+)?`)

// Find lists the ids in a text for people, as written.
func Find(text string) []string { return mentioned.FindAllString(text, -1) }
