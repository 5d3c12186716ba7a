package managed

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
	return []string{"RSA-2048", "RSA-3072", "RSA-4096", "EC-P256", "EC-P384", "EC-P521"}
}
