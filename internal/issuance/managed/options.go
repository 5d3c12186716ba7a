package managed

import "regexp"

// The kinds of keys, by algorithm and size.
const (
	RSA2048 = "RSA-2048" // the default: every consumer takes it
	RSA3072 = "RSA-3072"
	RSA4096 = "RSA-4096"
	ECP256  = "EC-P256"
	ECP384  = "EC-P384"
	ECP521  = "EC-P521" // no setting: few authorities sign such keys
)

// Options are what is wanted of a certificate beside its hostnames. An empty member leaves
// it to the settings.
type Options struct {
	// KeyType is the kind of its key, as KeyTypes writes it.
	KeyType string `json:"keyType,omitempty"`
	// ReuseKey: the next version has the key of the one before, if that is of the kind
	// that is wanted and was not revoked.
	ReuseKey bool `json:"reuseKey,omitempty"`
	// Issuer is the only one that it is ordered from, by its name in the settings.
	Issuer string `json:"issuer,omitempty"`
	// Profile and PreferredChain stand over those of the issuer.
	Profile        string `json:"profile,omitempty"`
	PreferredChain string `json:"preferredChain,omitempty"`
}

// KeyTypes are the kinds of keys that certificates on a gateway can have. Keys of the
// kinds RSA-HSM and EC-HSM never leave the vault, and a gateway reads the key.
func KeyTypes() []string {
	return []string{RSA2048, RSA3072, RSA4096, ECP256, ECP384, ECP521}
}

var profileForm = regexp.MustCompile(`^[0-9A-Za-z._-]{1,64}$`)

// IsProfile reports whether a text can be the name of a certificate profile at an
// authority (draft-ietf-acme-profiles): up to 64 letters, digits, dots, underscores and
// hyphens.
func IsProfile(name string) bool { return profileForm.MatchString(name) }
